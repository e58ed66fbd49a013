import { expect, test, vi } from 'vitest'
import { silentLogger } from './logger.ts'
import { createLoop } from './loop.ts'

test('wakes in quick succession are one round, and a failing round does not end the loop', async () => {
  vi.useFakeTimers()
  let rounds = 0
  const loop = createLoop({
    name: 'test',
    spacingMs: 50,
    beatMs: 1_000,
    log: silentLogger,
    work: async () => {
      rounds++
      if (rounds === 2) throw new Error('boom')
      return undefined
    },
  })
  await loop.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(rounds).toBe(1)
  loop.wake()
  loop.wake()
  await vi.advanceTimersByTimeAsync(60)
  expect(rounds).toBe(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(rounds).toBe(3)
  await loop.stop(0)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(rounds).toBe(3)
  vi.useRealTimers()
})
