import { type ErrorShape, WireError } from '../wire-error.ts'

function problem(
  status: number,
  title: string,
  detail: string,
  extra: Record<string, unknown> = {},
): WireError {
  const headers = { 'content-type': 'application/problem+json' }
  return new WireError(status, { title, detail, status, ...extra }, headers)
}

export interface InvalidField {
  type: string
  field: string
  description: string
}

export function invalidInput(fields: InvalidField[]): WireError {
  const detail = fields.map(({ field, description }) => `- ${field}: ${description}`).join('\n')
  return problem(422, 'Input validation failed', detail, { invalid_fields: fields })
}

export function invalidVersion(): WireError {
  return problem(
    422,
    'Invalid version or not permitted',
    'The specified version does not exist (or perhaps you do not have permission to use it?)',
  )
}

/** The wait stands in the body only. */
export function throttled(waitMs: number, why = ''): WireError {
  const seconds = Math.ceil(waitMs / 1_000)
  return new WireError(429, {
    detail: `Request was throttled.${why} Your rate limit resets in ~${seconds}s.`,
    status: 429,
    retry_after: seconds,
  })
}

export const replicateErrors: ErrorShape = {
  unauthorized: () => problem(401, 'Unauthenticated', 'You did not pass a valid authentication token'),
  noCredit: () =>
    problem(
      402,
      'Insufficient credit',
      'You have insufficient credit to run this model. Go to your billing page to purchase credit.',
    ),
  rateLimited: (waitMs) => throttled(waitMs),
  down: () =>
    problem(503, 'Service Unavailable', 'The service is temporarily unavailable. Please try again later.'),
  tooLarge: () => problem(413, 'Request Entity Too Large', 'The request body is too large.'),
  unreadable: (detail) => problem(400, 'Bad Request', detail),
  notFound: () => problem(404, 'Not found', 'The requested resource could not be found.'),
  internal: () => problem(500, 'Internal Server Error', 'There was an internal server error.'),
}

/** What a prediction's `error` says when its content was refused: only the text tells. */
export const refusalTexts = {
  nsfw: 'NSFW content detected. Try running it again, or try a different prompt.',
  sensitive: 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)',
}
