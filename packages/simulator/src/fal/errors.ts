import { type ErrorShape, WireError } from '../wire-error.ts'

function sentence(status: number, detail: string, headers: Record<string, string> = {}): WireError {
  return new WireError(status, { detail }, headers)
}

/** How a request ended without a picture: what its result answers, and in how many units it is billed. */
export interface Failure {
  status: number
  body: unknown
  headers: Record<string, string>
  units: number
}

/** A model's own errors: a list of typed ones. `billed`: null = no header says, so the default of one unit is charged. */
export function modelError(type: string, field: string, message: string, billed: 0 | null): Failure {
  const headers: Record<string, string> = { 'x-fal-retryable': 'false' }
  if (billed !== null) headers['x-fal-billable-units'] = String(billed)
  const detail = [{ loc: ['body', field], msg: message, type, url: `https://docs.fal.ai/errors#${type}` }]
  return { status: 422, body: { detail }, headers, units: billed ?? 1 }
}

/** The platform's errors: a sentence and a type. */
export function requestError(
  status: number,
  type: string,
  detail: string,
  more: Record<string, string> = {},
): Failure {
  const headers = { 'x-fal-error-type': type, 'x-fal-retryable': String(status >= 500), ...more }
  return { status, body: { detail, error_type: type }, headers, units: 0 }
}

export const falErrors: ErrorShape = {
  unauthorized: () => sentence(401, 'Authentication is required to access this application.'),
  noCredit: () =>
    sentence(
      403,
      'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.',
    ),
  rateLimited: () => sentence(429, 'Too many requests. Please slow down.'),
  down: () => sentence(503, 'The queue is temporarily unavailable.'),
  tooLarge: () => sentence(413, 'Request body too large'),
  unreadable: (detail) => sentence(400, detail),
  notFound: () => sentence(404, 'Path not found'),
  internal: () => sentence(500, 'Internal Server Error'),
}

/** The platform API (models, prices, billing) words its errors in its own way. */
export function platformError(status: number, type: string, message: string): WireError {
  return new WireError(status, { error: { type, message } })
}
