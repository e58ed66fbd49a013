import {
  AppError,
  bulkFieldsSchema,
  bulkQuoteAnswerSchema,
  type JobBody,
  jobBodySchema,
  limits,
  quoteAnswerSchema,
} from '@halftone/contracts'
import { z } from 'zod'
import { refuseHugePrompt } from '../../accept/huge-prompt.ts'
import { quoteBulk } from '../../accept/quote-bulk.ts'
import { quoteJob } from '../../accept/quote-job.ts'
import { type BulkInput, readBulkJson } from '../../accept/read-bulk.ts'
import type { App } from '../../app.ts'
import { canonicalJson } from '../../canonical-json.ts'
import { idempotencyKey } from '../../idempotency.ts'
import type { ProducerParts } from '../../parts.ts'
import { schemaError } from '../../schema-error.ts'
import { refuseLarge } from '../refuse-large.ts'
import { bearer, problems } from '../schemas.ts'

const expiresInSeconds = z
  .int()
  .min(60)
  .max(604_800)
  .describe('How long the price is promised: 3600 for one job, 86400 for a bulk unless said otherwise')
const expirySchema = z.object({ expires_in_seconds: expiresInSeconds.optional() })

/** For readers: what a job or a bulk takes, and how long the quote shall hold. */
const { quote_id: _job, ...jobShape } = jobBodySchema.shape
const { quote_id: _bulk, ...bulkShape } = bulkFieldsSchema.shape
const quoteBodySchema = z.union([
  z.strictObject({ ...jobShape, ...expirySchema.shape }),
  z.strictObject({
    ...bulkShape,
    jobs: z.array(z.strictObject(jobShape)).min(1).max(limits.bulkJobs),
    ...expirySchema.shape,
  }),
])

const jobExpirySeconds = 3_600
const bulkExpirySeconds = 86_400

/** `POST /v1/quotes`: what it would cost, from everybody, and a price that binds. Nothing is held. */
export function createQuoteRoute(app: App, parts: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/quotes',
    bodyLimit: limits.bulkBytes,
    schema: {
      operationId: 'createQuote',
      summary: 'Ask what a job or a bulk would cost, and have it promised',
      description:
        'The body of a job, or of a bulk. A job or bulk that then names the `quote_id` and asks for the same never ' +
        'costs more than quoted, whatever prices do meanwhile. For edits by mask, `break_even` sets a new picture beside ' +
        'the edit. Where nobody can do it, `choice` is null and each candidate says why.',
      tags: ['quotes'],
      security: bearer,
      body: quoteBodySchema,
      response: {
        200: z.union([quoteAnswerSchema, bulkQuoteAnswerSchema]),
        ...problems(400, 401, 404, 409, 413, 415, 422, 503),
      },
    },
    // the schema is for readers: one bad job of a bulk must not refuse the others
    validatorCompiler: () => (body: unknown) => ({ value: body }),
    handler: async (request) => {
      const { projectId } = request
      parts.stores.mustBeThere()
      const key = idempotencyKey(request.headers['idempotency-key'])
      const { asked, expires } = readBody(request.body)
      if ('job' in asked) refuseLarge(request.bodyBytes, asked.job)
      const stored = await parts.idempotency.once(
        { projectId, key },
        () => `POST /v1/quotes ${canonicalJson(request.body)}`,
        (idempotency) =>
          'job' in asked
            ? quoteJob(parts.quote, projectId, asked.job, expires ?? jobExpirySeconds, idempotency)
            : quoteBulk(parts.quote, projectId, asked.bulk, expires ?? bulkExpirySeconds, idempotency),
      )
      return 'job' in asked
        ? quoteAnswerSchema.parse(stored.answer)
        : bulkQuoteAnswerSchema.parse(stored.answer)
    },
  })
}

type Asked = { job: JobBody } | { bulk: BulkInput }

function readBody(body: unknown): { asked: Asked; expires: number | undefined } {
  const parsed = expirySchema.loose().safeParse(body)
  if (!parsed.success) throw schemaError(parsed.error)
  const { expires_in_seconds: expires, ...rest } = parsed.data
  if ('quote_id' in rest)
    throw new AppError('invalid_request', 'quote_id names a quote that was made: a quote has none', {
      field: '/quote_id',
      next: 'leave it out',
    })
  return { asked: 'jobs' in rest ? { bulk: readBulkJson(rest) } : { job: readJob(rest) }, expires }
}

function readJob(value: unknown): JobBody {
  refuseHugePrompt(value)
  const job = jobBodySchema.safeParse(value)
  if (!job.success) throw schemaError(job.error)
  return job.data
}
