import { type AppError, type ErrorCode, errorTable, type PublicError } from '@halftone/contracts'
import type { JobRow } from '@halftone/ledger'
import { dotted } from './parse-request.ts'
import { halftoneSchema } from './request.ts'

/** An error in OpenAI's shape, with what else its answer must say. */
export interface OpenAiError {
  status: number
  headers: Record<string, string>
  body: { error: { message: string; type: string; param: string | null; code: string | null } }
}

interface Word {
  status: number
  type: string
  code: string | null
}

const invalid = (code: string | null, status = 400): Word => ({ status, type: 'invalid_request_error', code })
const ours = (status: number, code: ErrorCode): Word => ({ status, type: 'server_error', code })

/** What each of our codes is in OpenAI's words. A client decides by status, type and code. */
const words = {
  invalid_request: invalid('invalid_value'),
  unauthorized: invalid('invalid_api_key', 401),
  budget_exceeded: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  not_found: invalid('not_found', 404),
  idempotency_in_flight: invalid('idempotency_in_flight', 409),
  too_large: invalid('too_large', 413),
  unsupported_media_type: invalid('unsupported_media_type', 415),
  idempotency_mismatch: invalid('idempotency_mismatch'),
  impossible: invalid('unsupported_value'),
  no_provider: invalid('no_provider'),
  quote_expired: invalid('quote_expired'),
  quote_mismatch: invalid('quote_mismatch'),
  quote_used: invalid('quote_used'),
  deadline_exceeded: invalid('deadline_exceeded'),
  content_policy: { status: 400, type: 'image_generation_user_error', code: 'moderation_blocked' },
  canceled: invalid('canceled'),
  too_many_streams: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  rate_limited: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  provider_auth: ours(502, 'provider_auth'),
  provider_out_of_credit: ours(502, 'provider_out_of_credit'),
  provider_config: ours(502, 'provider_config'),
  provider_down: ours(502, 'provider_down'),
  bad_answer: ours(502, 'bad_answer'),
  outcome_unknown: ours(502, 'outcome_unknown'),
  poison: ours(500, 'poison'),
  unavailable: ours(503, 'unavailable'),
  internal: ours(500, 'internal'),
} as const satisfies Record<ErrorCode, Word>

/** A request that was refused before there was a job. */
export function refusal(error: AppError, names: Names = {}): OpenAiError {
  const { code, message, detail } = error
  const told = detail.extra?.openai_param
  const param = typeof told === 'string' && told !== '' ? told : paramOf(detail.field, names)
  const word = wordOf(error, param)
  const wait = detail.retryAfterSeconds ?? (errorTable[code].next === 'wait-and-retry' ? 1 : null)
  return {
    status: word.status,
    headers: {
      ...(wait === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(wait))) }),
      // the SDK would repeat a 429 that no waiting cures
      ...(code === 'budget_exceeded' ? { 'x-should-retry': 'false' } : {}),
    },
    body: { error: { message: sentence(message, detail.next), type: word.type, param, code: word.code } },
  }
}

/** A job that ended without pictures. Whatever may be tried again was: a repeat would be a new purchase. */
export function jobFailure(jobId: string, error: PublicError | null): OpenAiError {
  const { code = 'internal', message = 'it ended without a picture', next = null } = error ?? {}
  const word = words[code]
  return {
    status: word.status,
    headers: { 'x-should-retry': 'false', 'x-halftone-job-id': jobId },
    body: {
      error: {
        message: `${sentence(message, next)} (${jobId})`,
        type: word.type,
        param: null,
        code: word.code,
      },
    },
  }
}

/** The answer took too long; the job goes on. */
export function stillRunning(jobId: string, seconds: number): OpenAiError {
  const message =
    `The picture is not ready after ${seconds} s; the work goes on as ${jobId}. ` +
    `GET /v1/jobs/${jobId}, or repeat this request with the same Idempotency-Key, to get it.`
  return {
    status: 504,
    headers: { 'x-should-retry': 'false', 'x-halftone-job-id': jobId },
    body: { error: { message, type: 'server_error', param: null, code: 'timeout' } },
  }
}

/** Of a job that has no pictures, or none yet. `waitedMs`: how long it was waited for. */
export function noPictures(
  { id, finishedAt, error }: Pick<JobRow, 'id' | 'finishedAt' | 'error'>,
  waitedMs: number,
): OpenAiError {
  return finishedAt === null ? stillRunning(id, waitedMs / 1_000) : jobFailure(id, error)
}

/** What OpenAI calls our fields, where it differs; by the first part of the pointer. */
export type Names = Readonly<Record<string, string>>

const openAiNames: Names = { format: 'output_format' }
/** Those that OpenAI has no word for: they are asked for in `halftone`. */
const halftoneFields = new Set(Object.keys(halftoneSchema.shape))

/** Of a JSON pointer into a job or a request: `output_format`, `images[0]`, `halftone.budget.max_cost_usd`. */
export function paramOf(field: string | undefined, names: Names = {}): string | null {
  if (!field) return null
  const [first = '', ...rest] = field.slice(1).split('/')
  if (first === 'routing' && rest[0] === 'model') return 'model'
  const name = names[first] ?? openAiNames[first] ?? first
  const path = dotted(['', name, ...rest].join('/'))
  return halftoneFields.has(first) ? `halftone.${path}` : path
}

function wordOf({ code, detail }: AppError, param: string | null): Word {
  if (code === 'not_found' && param === 'model') return invalid('model_not_found', 404)
  const told = detail.extra?.openai_code
  return typeof told === 'string' ? invalid(told) : words[code]
}

function sentence(message: string, next: string | null | undefined): string {
  return next ? `${message}: ${next}` : message
}
