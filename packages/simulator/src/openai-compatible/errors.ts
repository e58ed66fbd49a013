import { type ErrorShape, WireError } from '../wire-error.ts'

/** Servers of one's own and small hosts answer with a code and a message at the top, or with a bare text. */
function plain(status: number, message: string, headers: Record<string, string> = {}): WireError {
  return new WireError(status, { code: status * 100, message, data: null }, headers)
}

export function badRequest(message: string): WireError {
  return plain(400, message)
}

export function refused(status: 200 | 400): WireError {
  const message = 'Your request was rejected as a result of our safety system.'
  return new WireError(status, {
    error: { message, type: 'invalid_request_error', param: '', code: 'content_policy_violation' },
  })
}

export const compatibleErrors: ErrorShape = {
  unauthorized: () => new WireError(401, '"Invalid token"', { 'content-type': 'application/json' }),
  noCredit: () => plain(402, 'The balance of this account is empty.'),
  rateLimited: (waitMs) =>
    plain(429, 'Request was rejected due to rate limiting.', {
      'retry-after': String(Math.ceil(waitMs / 1_000)),
    }),
  down: () => plain(503, 'Model service overloaded. Please try again later.'),
  tooLarge: () => plain(413, 'The request is too large.'),
  unreadable: (detail) => badRequest(detail),
  notFound: () => plain(404, 'Not found.'),
  internal: () => plain(500, 'Internal error.'),
}

/** What a proxy in front of such a server says when the server is gone: nothing that is JSON. */
export function proxyError(): WireError {
  const page = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'
  return new WireError(502, page, { 'content-type': 'text/html' })
}

export function modelNotFound(model: string): WireError {
  const message = `The model \`${model}\` does not exist.`
  return new WireError(404, { error: { message, type: 'NotFoundError', param: '', code: 'model_not_found' } })
}
