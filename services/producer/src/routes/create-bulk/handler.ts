import { bulkAcceptedSchema, bulkFieldsSchema, jobBodySchema, limits } from '@halftone/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { acceptBulk } from '../../accept/accept-bulk.ts'
import { type BulkInput, readBulkJson, readBulkNdjson } from '../../accept/read-bulk.ts'
import type { App } from '../../app.ts'
import { canonicalJson } from '../../canonical-json.ts'
import { idempotencyKey } from '../../idempotency.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const bulkBodySchema = bulkFieldsSchema.extend({ jobs: z.array(jobBodySchema).min(1).max(limits.bulkJobs) })

/** `POST /v1/bulk`, JSON or NDJSON: 202 with what was accepted, and what was not by its index. */
export function createBulkRoute(app: App, parts: ProducerParts): void {
  app.addContentTypeParser('application/x-ndjson', (_request, stream, done) => done(null, stream))
  app.route({
    method: 'POST',
    url: '/bulk',
    bodyLimit: limits.bulkBytes,
    schema: {
      operationId: 'createBulk',
      summary: 'Ask for many pictures at once',
      description:
        'As `application/x-ndjson`: one job a line; the first line may be `{"bulk": {…}}` with the other fields. ' +
        'A job that cannot be done is rejected by its index; the rest is accepted.',
      tags: ['bulk'],
      security: bearer,
      consumes: ['application/json', 'application/x-ndjson'],
      body: bulkBodySchema,
      response: {
        202: bulkAcceptedSchema,
        ...problems(400, 401, 402, 404, 409, 413, 415, 422, 503),
      },
    },
    // the schema is for readers: one bad job must not refuse the others
    validatorCompiler: () => (body: unknown) => ({ value: body }),
    handler: async (request, reply) => {
      const { projectId } = request
      parts.stores.mustBeThere()
      const key = idempotencyKey(request.headers['idempotency-key'])
      const input = await readInput(request)
      const stored = await parts.idempotency.once(
        { projectId, key },
        () => canonical(input),
        (idempotency) => acceptBulk(parts.accept, projectId, input, idempotency),
      )
      return reply.status(202).send(bulkAcceptedSchema.parse(stored.answer))
    },
  })
}

function readInput(request: FastifyRequest): BulkInput | Promise<BulkInput> {
  const { body } = request
  return isStream(body) ? readBulkNdjson(body) : readBulkJson(body)
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

/** Lines that are no JSON have no canonical form; what is wrong with them stands for them. */
function canonical({ fields, lines }: BulkInput): string {
  const jobs = lines.map((line) => ('value' in line ? canonicalJson(line.value) : line.error.message))
  return ['POST /v1/bulk', canonicalJson(fields), ...jobs].join('\n')
}
