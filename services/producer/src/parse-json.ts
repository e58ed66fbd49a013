import { AppError } from '@halftone/contracts'
import { pointer } from './schema-error.ts'

/** What Postgres cannot keep, and what JavaScript treats as more than a key; also as escapes. */
const suspect = /__proto__|\\u(?:00|d[89a-f])/i

/** Parses JSON that came from outside. Refuses `__proto__` keys, NUL and lone surrogates; throws `invalid_request`. */
export function parseJson(text: string): unknown {
  try {
    return suspect.test(text) ? JSON.parse(text, refuseSuspect) : JSON.parse(text)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('invalid_request', 'the body is not valid JSON', {
      next: 'send one JSON document in UTF-8',
      cause: error,
    })
  }
}

function refuseSuspect(key: string, value: unknown): unknown {
  if (key === '__proto__') throw refused('a key named "__proto__" is not accepted', key)
  if (isBroken(key)) throw refused('a key holds NUL or a lone surrogate', '')
  if (typeof value === 'string' && isBroken(value))
    throw refused(`${key} must not hold NUL or lone surrogates`, key)
  return value
}

function isBroken(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed()
}

function refused(detail: string, key: string): AppError {
  return new AppError('invalid_request', detail, { field: pointer([key]), next: 'remove it' })
}
