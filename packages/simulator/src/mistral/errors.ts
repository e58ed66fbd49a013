import { type ErrorShape, WireError } from '../wire-error.ts'

function mistralError(
  status: number,
  type: string,
  message: string,
  code: string,
  headers: Record<string, string> = {},
): WireError {
  const body = { object: 'error', message, type, param: null, code, raw_status_code: status }
  return new WireError(status, body, headers)
}

/** FastAPI's own shape, for what it refuses before Mistral's code sees it. */
export function unprocessable(field: string, msg: string): WireError {
  const loc = ['body', ...field.split('.').filter(Boolean)]
  return new WireError(422, { detail: [{ loc, msg, type: 'value_error' }] })
}

export function noSuchModel(model: string): WireError {
  return mistralError(404, 'invalid_model', `Invalid model: ${model}`, '1500')
}

export const mistralErrors: ErrorShape = {
  unauthorized: () =>
    new WireError(401, { message: 'Unauthorized', request_id: '00000000-0000-0000-0000-000000000000' }),
  noCredit: () => mistralError(402, 'payment_required', 'You have no credits left.', '1402'),
  rateLimited: (waitMs) =>
    mistralError(429, 'rate_limited', 'Requests rate limit exceeded', '1300', {
      'retry-after': String(Math.ceil(waitMs / 1_000)),
    }),
  down: () => mistralError(503, 'internal_server_error', 'Service unavailable.', '3505'),
  tooLarge: () => mistralError(413, 'invalid_request', 'The request is too large.', '1413'),
  unreadable: (detail) => unprocessable('', `JSON decode error: ${detail}`),
  notFound: () => mistralError(404, 'not_found', 'Not Found', '1404'),
  internal: () => mistralError(500, 'internal_server_error', 'Internal server error.', '3000'),
}
