import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRunClock } from './run-clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what is scheduled waits for its share of the work, and happens all the same when no work gets done', async () => {
  let done = 0
  const clock = createRunClock({ horizonMs: 10_000, done: () => done })
  const happened: number[] = []
  for (const part of [0.1, 0.5, 1]) clock.until(part).then(() => happened.push(part))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(happened).toEqual([0.1])
  done = 1
  await vi.advanceTimersByTimeAsync(9_000)
  expect(happened).toEqual([0.1, 0.5, 1])
  clock.stop()

  const still = createRunClock({ horizonMs: 1_000, done: () => 0 })
  const end = vi.fn()
  still.until(1).then(end)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(end).toHaveBeenCalled()
  still.stop()
})
