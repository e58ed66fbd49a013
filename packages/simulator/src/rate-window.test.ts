import { expect, test } from 'vitest'
import { createRateWindow } from './rate-window.ts'

test('no window of the given length lets more through than it has places', () => {
  let now = 0
  const window = createRateWindow({ places: 2, windowMs: 1_000, clock: () => now })
  expect([window.take('a'), window.take('a'), window.take('b')]).toEqual([0, 0, 0])
  now = 400
  expect(window.take('a')).toBe(600)
  now = 1_000
  expect(window.take('a')).toBe(0)
})

test('a penalty shuts the caller out for all of its time', () => {
  let now = 0
  const window = createRateWindow({ places: 1, windowMs: 10, penaltyMs: 60_000, clock: () => now })
  window.take('a')
  expect(window.take('a')).toBe(60_000)
  now = 59_000
  expect(window.take('a')).toBe(1_000)
  now = 60_000
  expect(window.take('a')).toBe(0)
})
