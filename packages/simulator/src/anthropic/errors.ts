import { randomBytes } from 'node:crypto'
import { type ErrorShape, WireError } from '../wire-error.ts'

function anthropicError(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): WireError {
  const request_id = `req_${randomBytes(12).toString('hex')}`
  return new WireError(
    status,
    { type: 'error', error: { type, message }, request_id },
    { ...headers, 'request-id': request_id },
  )
}

export function badRequest(message: string): WireError {
  return anthropicError(400, 'invalid_request_error', message)
}

export const anthropicErrors: ErrorShape = {
  unauthorized: () => anthropicError(401, 'authentication_error', 'invalid x-api-key'),
  noCredit: () =>
    badRequest('Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.'),
  rateLimited: (waitMs) =>
    anthropicError(429, 'rate_limit_error', 'This request would exceed your rate limit.', {
      'retry-after': String(Math.ceil(waitMs / 1_000)),
      'anthropic-ratelimit-requests-remaining': '0',
    }),
  down: () => anthropicError(529, 'overloaded_error', 'Overloaded'),
  tooLarge: () => anthropicError(413, 'request_too_large', 'Request exceeds the maximum size'),
  unreadable: (detail) => badRequest(`The request body is not valid JSON: ${detail}`),
  notFound: () => anthropicError(404, 'not_found_error', 'Not found'),
  internal: () => anthropicError(500, 'api_error', 'Internal server error'),
}

export function modelNotFound(model: string): WireError {
  return anthropicError(404, 'not_found_error', `model: ${model}`)
}
