import { expect, test } from 'vitest'
import { nextTryMs, parseRetryAfter } from './next-try.ts'

const schedule = [5_000, 300_000]
const failed = { kind: 'failed', status: 500, error: 'x', retryAfterMs: null, final: false } as const

test('waits follow the schedule within 20 %, and end with it', () => {
  expect(nextTryMs(failed, 0, schedule, () => 0)).toBe(4_000)
  expect(nextTryMs(failed, 0, schedule, () => 1)).toBe(6_000)
  expect(nextTryMs(failed, 1, schedule, () => 0.5)).toBe(300_000)
  expect(nextTryMs(failed, 2, schedule, () => 0.5)).toBeNull()
  expect(nextTryMs({ ...failed, final: true }, 0, schedule, () => 0.5)).toBeNull()
})

test('Retry-After is honoured for the statuses that mean "wait", never cut short, an hour at most', () => {
  const asked = { ...failed, status: 503, retryAfterMs: 90_000 }
  expect(nextTryMs(asked, 0, schedule, () => 0)).toBe(90_000)
  expect(nextTryMs({ ...asked, status: 500 }, 0, schedule, () => 0.5)).toBe(5_000)
  expect(nextTryMs({ ...asked, retryAfterMs: 9e9 }, 0, schedule, () => 0)).toBe(3_600_000)
  expect(nextTryMs(asked, 2, schedule, () => 0)).toBeNull()
})

test('Retry-After is read as seconds or as a date; nonsense and the past count as absent', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  expect(parseRetryAfter('120', now)).toBe(120_000)
  expect(parseRetryAfter('Sun, 22 Nov 2026 12:00:30 GMT', now)).toBe(30_000)
  expect(parseRetryAfter('Sun, 22 Nov 2026 11:00:00 GMT', now)).toBeNull()
  for (const text of ['-5', 'soon', '', undefined]) expect(parseRetryAfter(text, now)).toBeNull()
})
