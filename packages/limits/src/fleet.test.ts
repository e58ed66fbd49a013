import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createRateLimits } from './create-rate-limits.ts'
import { burstOf } from './pace.ts'
import { hammer, mostInAny, type Start } from './testing/hammer.ts'

const prefix = `t-${randomUUID()}`
const windowMs = 1_200
const allowed = { requestsPerMinute: 60, concurrent: 40 }
const fleet = Array.from({ length: 4 }, () =>
  createRateLimits({ redisUrl: inject('redisUrl'), prefix, windowMs }),
)
const redis = new Redis(inject('redisUrl'))
afterAll(() => {
  for (const limits of fleet) limits.close()
  redis.disconnect()
})

/** The whole fleet for three windows, at five times what is allowed. */
async function storm(account: string): Promise<Start[]> {
  const calls: Start[] = []
  const call = async (at: number) => {
    calls.push({ at, weight: 1 })
    await delay(20)
  }
  const callers = Math.ceil((5 * allowed.requestsPerMinute) / fleet.length / 10)
  await Promise.all(
    fleet.map((limits) => hammer(limits, { account, allowed, callers, forMs: 3 * windowMs, call })),
  )
  return calls
}

test('four workers at five times the limit: no window holds more than the limit, and it is used', async () => {
  const calls = await storm(randomUUID())
  expect(mostInAny(windowMs, calls)).toBeLessThanOrEqual(allowed.requestsPerMinute)
  expect(calls.length).toBeGreaterThan(2.8 * 0.95 * allowed.requestsPerMinute)
})

test('Redis is wiped in the middle of it: at most one burst more', async () => {
  const account = randomUUID()
  const wiped = delay(1.7 * windowMs).then(async () =>
    redis.del(...(await redis.keys(`${prefix}:limit:{${account}}*`))),
  )
  const calls = await storm(account)
  expect(await wiped).toBe(2)
  expect(mostInAny(windowMs, calls)).toBeLessThanOrEqual(allowed.requestsPerMinute + burstOf(allowed))
})
