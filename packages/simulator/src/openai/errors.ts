import { type ErrorShape, WireError } from '../wire-error.ts'

interface Detail {
  type: string
  message: string
  code?: string
  param?: string
}

function openaiError(status: number, detail: Detail, headers: Record<string, string> = {}): WireError {
  const { type, message, code = null, param = null } = detail
  return new WireError(status, { error: { message, type, param, code } }, headers)
}

export function badRequest(message: string, param?: string, code?: string): WireError {
  return openaiError(400, { type: 'invalid_request_error', message, param, code })
}

export function modelNotFound(model: string): WireError {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`
  return openaiError(404, { type: 'invalid_request_error', message, code: 'model_not_found' })
}

export function moderationBlocked(): WireError {
  const message =
    'Your request was rejected by the safety system. If you believe this is an error, contact support and name this request. safety_violations=[violence].'
  return openaiError(400, { type: 'image_generation_user_error', message, code: 'moderation_blocked' })
}

let throttled = 0

/** OpenAI says how long to wait in one header, in another, or not at all: it takes turns here. */
function waitHeaders(waitMs: number): Record<string, string> {
  throttled += 1
  const ways: Record<string, string>[] = [
    { 'retry-after-ms': String(Math.ceil(waitMs)) },
    { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
    {},
  ]
  return ways[(throttled - 1) % ways.length] ?? {}
}

export const openaiErrors: ErrorShape = {
  unauthorized: () =>
    openaiError(401, {
      type: 'invalid_request_error',
      message: 'Incorrect API key provided.',
      code: 'invalid_api_key',
    }),
  noCredit: () =>
    openaiError(429, {
      type: 'insufficient_quota',
      message: 'You exceeded your current quota, please check your plan and billing details.',
      code: 'insufficient_quota',
    }),
  rateLimited: (waitMs) =>
    openaiError(
      429,
      {
        type: 'requests',
        message: 'Rate limit reached for images per minute. Please try again later.',
        code: 'rate_limit_exceeded',
      },
      waitHeaders(waitMs),
    ),
  down: () =>
    openaiError(503, { type: 'server_error', message: 'The server is overloaded or not ready yet.' }),
  tooLarge: () =>
    openaiError(413, { type: 'invalid_request_error', message: 'The request body is too large.' }),
  unreadable: (detail) => badRequest(`We could not parse the body of your request. (${detail})`),
  notFound: () =>
    openaiError(404, { type: 'invalid_request_error', message: 'Invalid URL.', code: 'unknown_url' }),
  internal: () => openaiError(500, { type: 'server_error', message: 'The server had an error.' }),
}
