import { type ErrorShape, WireError } from '../wire-error.ts'

function detail(status: number, words: unknown): WireError {
  return new WireError(status, { detail: words })
}

/** FastAPI's list of what is wrong with which field. */
export function invalid(fields: { field: string; message: string }[]): WireError {
  return detail(
    422,
    fields.map(({ field, message }) => ({ loc: ['body', field], msg: message, type: 'value_error' })),
  )
}

/** Too many tasks at once: no header says when one will end. */
export const bflErrors: ErrorShape = {
  unauthorized: () => detail(403, 'Not authenticated'),
  noCredit: () => detail(402, 'Insufficient credits'),
  rateLimited: () => detail(429, 'Too many active tasks. Please wait for some to finish.'),
  down: () => detail(503, 'Service unavailable'),
  tooLarge: () => detail(413, 'Request body too large'),
  unreadable: (words) => invalid([{ field: '', message: words }]),
  notFound: () => detail(404, 'Not Found'),
  internal: () => detail(500, 'Internal server error'),
}
