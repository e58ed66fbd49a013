import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProviderLimits } from '@halftone/contracts'
import { createRateLimits } from '@halftone/limits'
import { type ImageProvider, ProviderError } from '@halftone/providers'
import { afterAll, expect, inject, test } from 'vitest'
import { runJob } from './run-job.ts'
import { picture } from './testing/samples.ts'
import { createWorld } from './testing/world.ts'

/** A real limiter over real Redis, by a minute of three seconds; a provider that takes a tenth of what we think. */
const windowMs = 3_000
const allowed: ProviderLimits = { requests_per_minute: 150, concurrent: 12 }
const theirs = 15
const prefix = `t-${randomUUID()}`
const fleet = [0, 1].map(() => createRateLimits({ redisUrl: inject('redisUrl'), prefix, windowMs }))
afterAll(() => {
  for (const limits of fleet) limits.close()
})

interface Seen {
  at: number
  refused: boolean
  /** Calls under way when it was answered, itself included. */
  out: number
}

/** As providers do it: so many in any window; the rest are told when a place is free, or just to wait. */
function createStrictProvider(): { start: ImageProvider['start']; calls: Seen[] } {
  const calls: Seen[] = []
  let admitted: number[] = []
  let out = 0
  return {
    calls,
    async start() {
      const at = performance.now()
      admitted = admitted.filter((one) => one > at - windowMs)
      const refused = admitted.length >= theirs
      const call = { at, refused, out: 0 }
      calls.push(call)
      if (!refused) admitted.push(at)
      out += 1
      await delay(refused ? 5 : 150)
      call.out = out
      out -= 1
      if (!refused) return { kind: 'done', result: { images: [picture()], usage: {} } }
      const retryAfterMs = calls.length % 3 === 0 ? null : Math.ceil(admitted[0]! + windowMs - at)
      throw new ProviderError('rate_limited', 'wait', { billed: 'no', retryAfterMs })
    },
  }
}

/** A job on its way through one of two workers, planned anew whenever it comes back, until it ends. */
async function runToEnd(
  index: number,
  start: ImageProvider['start'],
): Promise<{ finishes: string[]; rounds: number }> {
  const world = createWorld({ provider: { start } })
  const deps = {
    ...world.deps,
    limits: fleet[index % fleet.length]!,
    limitsOf: () => allowed,
    sleep: (ms: number) => delay(ms),
  }
  for (let rounds = 1; ; rounds++) {
    const handled = await runJob({ v: 1, job: world.job.id, gen: 1 }, deps)
    const last = world.finishes.at(-1)
    if (last && last.kind !== 'released') return { finishes: world.finishes.map(({ kind }) => kind), rounds }
    // what the queue and the dispatcher make of it
    await delay(handled.kind === 'later' ? Math.min(handled.delayMs, 100) : 20)
  }
}

test('a provider far below its figure: few calls more than it takes, no job fails, and what it takes is used', async () => {
  const provider = createStrictProvider()
  const jobs = await Promise.all(Array.from({ length: 50 }, (_, i) => runToEnd(i, provider.start)))

  expect(jobs.every(({ finishes }) => finishes.at(-1) === 'succeeded')).toBe(true)
  const { calls } = provider
  const first = calls.find(({ refused }) => refused)!
  const refusals = calls.filter(({ refused }) => refused)
  const firstStop = refusals.filter(({ at }) => at < first.at + windowMs / 6)
  expect(firstStop.length, 'no more than were out').toBeLessThanOrEqual(first.out)
  expect(refusals.length).toBeLessThan(calls.length / 3)
  // 50 calls at 15 a window take three windows; told to wait, nobody waits much longer than that
  expect(calls.at(-1)!.at - calls[0]!.at).toBeLessThan(5 * windowMs)
}, 30_000)
