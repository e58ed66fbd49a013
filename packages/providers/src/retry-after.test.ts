import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

test.each<[string, Record<string, string>, number | undefined, number | null]>([
  ['milliseconds', { 'retry-after-ms': '1250' }, undefined, 1_250],
  ['milliseconds before seconds', { 'retry-after-ms': '300', 'retry-after': '9' }, undefined, 300],
  ['seconds', { 'retry-after': '7' }, undefined, 7_000],
  ['a fraction of a second', { 'retry-after': '0.2' }, undefined, 200],
  ['a date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, undefined, 30_000],
  ['the body', {}, 5, 5_000],
  ['the header before the body', { 'retry-after': '2' }, 5, 2_000],
  ['no more than ten minutes', { 'retry-after': '86400' }, undefined, 600_000],
  ['a negative number', { 'retry-after': '-5' }, undefined, null],
  ['a date in the past', { 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, undefined, null],
  ['words', { 'retry-after': 'soon' }, undefined, null],
  ['a negative number in the body', {}, -1, null],
  ['nothing', {}, undefined, null],
])('the wait is read from %s', (_, headers, body, wait) => {
  expect(retryAfterMs({ status: 429, headers, body: Buffer.alloc(0) }, now, body)).toBe(wait)
})
