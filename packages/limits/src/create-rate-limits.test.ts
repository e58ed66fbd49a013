import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { burstOf, createRateLimits } from './create-rate-limits.ts'

const limits = createRateLimits({ redisUrl: inject('redisUrl'), prefix: `t-${randomUUID()}` })
afterAll(() => limits.close())

const minute = 60_000
/** Between reading the clock here and Redis reading its own. */
const slackMs = 100

/** Takes as fast as it goes, reserving far ahead; answers when each call would start. */
async function starts(perMinute: number, weights: number[]): Promise<{ at: number; weight: number }[]> {
  const account = randomUUID()
  const begin = Date.now()
  return Promise.all(
    weights.map(async (weight) => {
      const slot = await limits.take(
        account,
        { requestsPerMinute: perMinute },
        { weight, maxWaitMs: 60 * minute },
      )
      if (slot.kind !== 'granted') throw new Error('not granted')
      return { at: Date.now() - begin + slot.waitMs, weight }
    }),
  )
}

function mostInAnyMinute(calls: { at: number; weight: number }[]): number {
  const sorted = calls.toSorted((a, b) => a.at - b.at)
  const inWindowFrom = (begin: number) =>
    sorted
      .filter(({ at }) => at >= begin && at < begin + minute - slackMs)
      .reduce((sum, { weight }) => sum + weight, 0)
  return Math.max(...sorted.map(({ at }) => inWindowFrom(at)))
}

/** Small and repeatable (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

describe.each([1, 7, 60, 300, 900])('%i requests a minute', (perMinute) => {
  const random = seeded(perMinute)
  const weights = Array.from(
    { length: Math.min(3 * perMinute + 20, 1_200) },
    () => 1 + Math.floor(random() * 4),
  )

  test('no sliding minute holds more than the limit and one burst', async () => {
    const burst = Math.max(burstOf({ requestsPerMinute: perMinute }), ...weights)
    expect(mostInAnyMinute(await starts(perMinute, weights))).toBeLessThanOrEqual(perMinute + burst)
  })

  test('the limit is used up, not just kept', async () => {
    const calls = await starts(perMinute, weights)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const last = Math.max(...calls.map(({ at }) => at))
    expect(last).toBeLessThanOrEqual((total / perMinute) * minute + slackMs)
  })
})

test('a refusal takes nothing and says when to ask again', async () => {
  const account = randomUUID()
  const take = (maxWaitMs: number) =>
    limits.take(account, { requestsPerMinute: 60 }, { weight: 1, maxWaitMs })
  for (let i = 0; i < 3; i++) expect(await take(0)).toEqual({ kind: 'granted', waitMs: 0 })
  for (let i = 0; i < 50; i++) {
    const refused = await take(500)
    expect(refused.kind === 'later' && refused.retryMs).toBeGreaterThan(500 - slackMs - 100)
    expect(refused.kind === 'later' && refused.retryMs).toBeLessThanOrEqual(500)
  }
})

test('a block is only ever extended, and holds for everybody', async () => {
  const account = randomUUID()
  await limits.block(account, 30_000)
  await limits.block(account, 500)
  const slot = await limits.take(account, { requestsPerMinute: 60 }, { weight: 1, maxWaitMs: 0 })
  expect(slot.kind === 'later' && slot.retryMs).toBeGreaterThan(30_000 - slackMs)
})

test('after a block the calls start at their pace, not all at once', async () => {
  const account = randomUUID()
  await limits.block(account, 10_000)
  const waits: number[] = []
  for (let i = 0; i < 10; i++) {
    const slot = await limits.take(account, { requestsPerMinute: 60 }, { weight: 1, maxWaitMs: minute })
    if (slot.kind === 'granted') waits.push(slot.waitMs)
  }
  // a burst of 3 at the end of the block, then one a second
  expect(waits.filter((wait) => wait <= 10_000)).toHaveLength(3)
  expect(Math.max(...waits)).toBeGreaterThan(16_500)
})

test('a paced backlog leaves the burst to calls that come new', async () => {
  const account = randomUUID()
  const rate = { requestsPerMinute: 600 }
  const backlog = { weight: 1, maxWaitMs: 0, paced: true }
  expect((await limits.take(account, rate, backlog)).kind).toBe('granted')
  expect((await limits.take(account, rate, backlog)).kind).toBe('later')
  for (let i = 0; i < burstOf(rate) - 1; i++)
    expect(await limits.take(account, rate, { weight: 1, maxWaitMs: 0 })).toEqual({
      kind: 'granted',
      waitMs: 0,
    })
})
