import { randomBytes } from 'node:crypto'
import { type ErrorShape, WireError } from '../wire-error.ts'

function stabilityError(status: number, name: string, ...errors: [string, ...string[]]): WireError {
  return new WireError(status, { id: randomBytes(16).toString('hex'), name, errors })
}

export function badRequest(...errors: [string, ...string[]]): WireError {
  return stabilityError(400, 'bad_request', ...errors)
}

/** 403 and yet not about the key: the request was refused for its content, and not charged. */
export function contentModeration(): WireError {
  return stabilityError(
    403,
    'content_moderation',
    'Your request was flagged by our content moderation system, as a result your request was denied and you were not charged.',
  )
}

export function invalidLanguage(): WireError {
  return stabilityError(422, 'invalid_language', 'English is the only supported language for this service.')
}

export function publicFigure(): WireError {
  return stabilityError(
    422,
    'public_figure',
    'Our system detected the likeness of a public figure in your request.',
  )
}

/** No header says how long to wait. */
export const stabilityErrors: ErrorShape = {
  unauthorized: () => stabilityError(401, 'unauthorized', 'authorization: missing or invalid api key'),
  noCredit: () =>
    stabilityError(
      402,
      'payment_required',
      'You lack sufficient credits to make this request. Please purchase more.',
    ),
  rateLimited: () =>
    new WireError(429, {
      id: 'rate_limit_exceeded',
      name: 'rate_limit_exceeded',
      errors: [
        'You have exceeded the rate limit of 150 requests within a 10 second period, and have been timed out for 60 seconds.',
      ],
    }),
  down: () => stabilityError(503, 'service_unavailable', 'The service is temporarily unavailable.'),
  tooLarge: () =>
    stabilityError(413, 'payload_too_large', 'body: payloads cannot be larger than 10MiB in size'),
  unreadable: (detail) => badRequest(`body: ${detail}`),
  notFound: () => stabilityError(404, 'not_found', 'The requested resource was not found.'),
  internal: () =>
    stabilityError(500, 'internal_error', 'An unexpected server error has occurred, please try again later.'),
}
