/** Who is to blame, and what the system does next. Decide by code, never by message. */
export type Blame = 'caller' | 'provider' | 'us'
export type NextStep = 'fail' | 'wait-and-retry' | 'try-next-provider' | 'find-out-first'

interface ErrorFact {
  status: number
  blame: Blame
  next: NextStep
  title: string
}

/** Every code that a job or a request can end with. */
export const errorTable = {
  invalid_request: { status: 400, blame: 'caller', next: 'fail', title: 'The request is not valid' },
  unauthorized: { status: 401, blame: 'caller', next: 'fail', title: 'The key is missing or unknown' },
  budget_exceeded: { status: 402, blame: 'caller', next: 'fail', title: 'The budget does not allow it' },
  not_found: { status: 404, blame: 'caller', next: 'fail', title: 'There is no such thing' },
  idempotency_in_flight: {
    status: 409,
    blame: 'caller',
    next: 'wait-and-retry',
    title: 'The same idempotency key is being worked on',
  },
  too_large: { status: 413, blame: 'caller', next: 'fail', title: 'The body is too large' },
  unsupported_media_type: {
    status: 415,
    blame: 'caller',
    next: 'fail',
    title: 'The media type is not supported',
  },
  idempotency_mismatch: {
    status: 422,
    blame: 'caller',
    next: 'fail',
    title: 'The idempotency key was used with another body',
  },
  impossible: { status: 422, blame: 'caller', next: 'fail', title: 'Nobody can do this as asked' },
  no_provider: { status: 422, blame: 'caller', next: 'fail', title: 'No provider can do this' },
  too_many_streams: {
    status: 429,
    blame: 'caller',
    next: 'wait-and-retry',
    title: 'Too many streams are open',
  },
  quote_expired: { status: 422, blame: 'caller', next: 'fail', title: 'The quote has expired' },
  quote_mismatch: { status: 422, blame: 'caller', next: 'fail', title: 'The quote is for something else' },
  quote_used: { status: 409, blame: 'caller', next: 'fail', title: 'The quote was used before' },
  deadline_exceeded: { status: 422, blame: 'caller', next: 'fail', title: 'The deadline has passed' },
  content_policy: { status: 422, blame: 'caller', next: 'fail', title: 'The provider refused the content' },
  canceled: { status: 409, blame: 'caller', next: 'fail', title: 'The job was canceled' },
  provider_auth: {
    status: 502,
    blame: 'us',
    next: 'try-next-provider',
    title: 'The provider refused our key',
  },
  provider_out_of_credit: {
    status: 502,
    blame: 'us',
    next: 'try-next-provider',
    title: 'Our account at the provider has no credit',
  },
  provider_config: {
    status: 502,
    blame: 'us',
    next: 'try-next-provider',
    title: 'The provider does not know this model',
  },
  rate_limited: {
    status: 429,
    blame: 'provider',
    next: 'wait-and-retry',
    title: 'The provider asks us to wait',
  },
  provider_down: { status: 502, blame: 'provider', next: 'try-next-provider', title: 'The provider is down' },
  bad_answer: {
    status: 502,
    blame: 'provider',
    next: 'try-next-provider',
    title: 'The provider answered with something that is not the picture',
  },
  outcome_unknown: {
    status: 502,
    blame: 'provider',
    next: 'find-out-first',
    title: 'The call was cut: it may have been paid',
  },
  poison: { status: 500, blame: 'us', next: 'fail', title: 'The job stopped its worker again and again' },
  unavailable: { status: 503, blame: 'us', next: 'wait-and-retry', title: 'The system is not available' },
  internal: { status: 500, blame: 'us', next: 'fail', title: 'A fault of ours' },
} as const satisfies Record<string, ErrorFact>

export type ErrorCode = keyof typeof errorTable

/** The codes that a provider adapter may throw; every failure of a provider becomes one of these. */
export type ProviderErrorCode =
  | 'invalid_request'
  | 'content_policy'
  | 'provider_auth'
  | 'provider_out_of_credit'
  | 'provider_config'
  | 'rate_limited'
  | 'provider_down'
  | 'bad_answer'
  | 'outcome_unknown'

export interface AppErrorDetail {
  /** JSON pointer of the field that is wrong. */
  field?: string
  /** The bound that was passed, in words or as a number. */
  limit?: string | number
  /** What the caller can do about it. */
  next?: string
  /** For 429 and 503. */
  retryAfterSeconds?: number
  /** Further members of the problem document, such as a budget's figures. */
  extra?: Record<string, unknown>
  cause?: unknown
}

/** The one error type. `message` is public; whatever is internal goes into `cause` and stays in the log. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly detail: AppErrorDetail

  constructor(code: ErrorCode, message: string, detail: AppErrorDetail = {}) {
    super(message, { cause: detail.cause })
    this.name = 'AppError'
    this.code = code
    this.detail = detail
  }

  get status(): number {
    return errorTable[this.code].status
  }
}

/** What a job, a rejected bulk line and a webhook say of a failure. */
export interface PublicError {
  code: ErrorCode
  message: string
  next: string | null
  field?: string
  limit?: string | number
}

export function publicError(error: AppError): PublicError {
  const { field, limit, next } = error.detail
  return { code: error.code, message: error.message, next: next ?? null, field, limit }
}
