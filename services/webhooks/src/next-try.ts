import type { Random } from '@halftone/contracts'
import type { Answer } from './send-message.ts'

const retryAfterMaxMs = 3_600_000
const waitStatuses = new Set([429, 502, 503, 504])

/**
 * How long to wait after a failed try; null: give up. `tries` counts those before this one.
 * A receiver that names its own wait gets it, an hour at most; else the schedule, ±20 % so that what failed
 * together does not come back together.
 */
export function nextTryMs(
  answer: Pick<Extract<Answer, { kind: 'failed' }>, 'status' | 'retryAfterMs' | 'final'>,
  tries: number,
  scheduleMs: readonly number[],
  random: Random,
): number | null {
  const scheduled = scheduleMs[tries]
  if (answer.final || scheduled === undefined) return null
  if (answer.retryAfterMs !== null && answer.status !== null && waitStatuses.has(answer.status)) {
    // never sooner than asked
    return Math.round(Math.min(answer.retryAfterMs, retryAfterMaxMs) * (1 + 0.2 * random()))
  }
  return Math.round(scheduled * (0.8 + 0.4 * random()))
}

/** `Retry-After` as seconds or as a date, in ms from now; null if absent, past or unreadable. */
export function parseRetryAfter(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - nowMs
  return Number.isFinite(ms) && ms >= 0 ? ms : null
}
