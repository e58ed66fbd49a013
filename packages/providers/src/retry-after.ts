import { type HttpAnswer, header } from './http.ts'

const waitMaxMs = 600_000

/**
 * How long the provider asks us to wait, from every place where one says it: `retry-after-ms`, `Retry-After` (seconds
 * or a date), or seconds in the body. At most 10 minutes; null where it says nothing or nonsense.
 */
export function retryAfterMs(answer: HttpAnswer, now: number, bodySeconds?: number): number | null {
  const waits = [
    positive(header(answer, 'retry-after-ms'), 1),
    positive(header(answer, 'retry-after'), 1_000),
    untilDate(header(answer, 'retry-after'), now),
    bodySeconds === undefined ? null : positive(String(bodySeconds), 1_000),
  ]
  const wait = waits.find((value) => value !== null) ?? null
  return wait === null ? null : Math.min(wait, waitMaxMs)
}

function positive(text: string | null, unitMs: number): number | null {
  if (text === null || !/^\d+(\.\d+)?$/.test(text.trim())) return null
  return Math.ceil(Number(text) * unitMs)
}

function untilDate(text: string | null, now: number): number | null {
  // `Date.parse` takes "-5" for a year.
  if (text === null || !/^[A-Z][a-z]{2}, /.test(text)) return null
  const wait = Date.parse(text) - now
  return wait >= 0 ? wait : null
}
