import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepRunning } from './keep-running.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A part whose lives are ended by hand, and whose starts fail when told so. */
function fakePart() {
  const lives: { end(how: string): void }[] = []
  let refusals = 0
  return {
    lives,
    refuse: (times: number) => {
      refusals = times
    },
    async start() {
      if (refusals-- > 0) throw new Error('Postgres is away')
      const { promise: exited, resolve: end } = Promise.withResolvers<string>()
      lives.push({ end })
      return { exited, stop: async () => end('was stopped') }
    },
  }
}

test('a part that ends is started again, also when it cannot start at first, and not once it was told to stop', async () => {
  const part = fakePart()
  const onBroken = vi.fn()
  const said: string[] = []
  const kept = await keepRunning('part', part.start, {
    restartsMax: 5,
    say: (text) => said.push(text),
    onBroken,
  })
  part.refuse(2)
  part.lives[0]?.end('was ended by SIGKILL')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(part.lives).toHaveLength(2)
  expect(said).toHaveLength(3)
  await kept.stop()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(part.lives).toHaveLength(2)
  expect(onBroken).not.toHaveBeenCalled()
})

test('a part that never gets up again breaks the stack, with the reason', async () => {
  const part = fakePart()
  const onBroken = vi.fn()
  await keepRunning('part', part.start, { restartsMax: 3, say: () => {}, onBroken })
  part.refuse(100)
  part.lives[0]?.end('ended with code 1')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(onBroken).toHaveBeenCalledExactlyOnceWith(
    'part did not start: Postgres is away, for the 4th time in a minute',
  )
})
