import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@halftone/contracts'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { createRateLimits, type RateLimitsOptions } from './create-rate-limits.ts'
import type { AccountLimits, Lease, Slot, TakeOptions } from './limits.ts'
import { burstOf, perSecondOf } from './pace.ts'
import { mostInAny, type Start } from './testing/hammer.ts'

const prefix = `t-${randomUUID()}`
const closing: (() => void)[] = []
afterAll(() => {
  for (const close of closing) close()
})

function open(options: Partial<RateLimitsOptions> = {}) {
  const limits = createRateLimits({ redisUrl: inject('redisUrl'), prefix, ...options })
  closing.push(() => limits.close())
  return limits
}
const limits = open()
const redis = new Redis(inject('redisUrl'))
closing.push(() => redis.disconnect())

/** As a wiped Redis looks to one account. */
const wipe = (account: string) =>
  redis.del(...['', ':places', ':days'].map((part) => `${prefix}:limit:{${account}}${part}`))

const minute = 60_000
/** Between reading the clock here and Redis reading its own. */
const slackMs = 100
const now = { maxWaitMs: 0 }

async function take(account: string, allowed: AccountLimits, options: TakeOptions = now): Promise<Lease> {
  const slot = await limits.take(account, allowed, options)
  if (slot.kind !== 'granted') throw new Error(`not granted for ${slot.retryMs} ms`)
  return slot.lease
}
const retryOf = (slot: Slot) => (slot.kind === 'later' ? slot.retryMs : 0)

/** Takes as fast as it goes, reserving far ahead; answers when each call would start. */
async function starts(allowed: AccountLimits, weights: number[]): Promise<Start[]> {
  const account = randomUUID()
  const begin = Date.now()
  return Promise.all(
    weights.map(async (weight) => {
      const slot = await limits.take(account, allowed, { images: weight, maxWaitMs: 600 * minute })
      if (slot.kind !== 'granted') throw new Error('not granted')
      return { at: Date.now() - begin + slot.waitMs, weight }
    }),
  )
}

describe.each([4, 7, 60, 300, 900])('%i requests and pictures a minute', (perMinute) => {
  const random = seededRandom(perMinute)
  const weights = Array.from(
    { length: Math.min(2 * perMinute + 20, 900) },
    () => 1 + Math.floor(random() * 4),
  )
  const single = weights.map(() => 1)

  test('no sliding minute holds more than the limit', async () => {
    expect(mostInAny(minute, await starts({ requestsPerMinute: perMinute }, single))).toBeLessThanOrEqual(
      perMinute,
    )
    const pictures = await starts({ requestsPerMinute: 6_000, imagesPerMinute: perMinute }, weights)
    expect(mostInAny(minute, pictures)).toBeLessThanOrEqual(perMinute)
  })

  test('the limit is used up, not just kept', async () => {
    const calls = await starts({ requestsPerMinute: perMinute }, single)
    const last = Math.max(...calls.map(({ at }) => at))
    expect(last).toBeLessThanOrEqual(
      (single.length / perSecondOf({ requestsPerMinute: perMinute })) * 1_005 + slackMs,
    )
    expect(perSecondOf({ requestsPerMinute: perMinute }) * 60).toBeGreaterThan(perMinute * 0.95)
  })
})

test('a refusal takes nothing and says when to ask again', async () => {
  const account = randomUUID()
  const allowed = { requestsPerMinute: 60 }
  for (let i = 0; i < 3; i++) await take(account, allowed)
  const begin = performance.now()
  const retries: number[] = []
  for (let i = 0; i < 50; i++) retries.push(retryOf(await limits.take(account, allowed, now)))
  const passed = performance.now() - begin
  expect(retries[0]).toBeGreaterThan(700)
  // shorter by the time that passed, and no longer by what was asked for
  expect(retries.at(-1)).toBeLessThanOrEqual(retries[0]!)
  expect(retries.at(-1)).toBeGreaterThanOrEqual(retries[0]! - passed - 2)
})

test('all limits are taken together or not at all', async () => {
  const account = randomUUID()
  const allowed = { requestsPerMinute: 600, imagesPerMinute: 20, requestsPerDay: 3, concurrent: 2 }
  const first = await take(account, allowed, { images: 10, maxWaitMs: 0 })
  // pictures refuse: neither a place nor a request of the day is used up
  for (let i = 0; i < 5; i++)
    expect(retryOf(await limits.take(account, allowed, { images: 10, maxWaitMs: 0 }))).toBeGreaterThan(1_000)
  const later = { images: 1, maxWaitMs: minute }
  const second = await take(account, allowed, later)
  expect(retryOf(await limits.take(account, allowed, later)), 'both places are taken').toBe(100)
  await limits.end(first, true)
  await limits.end(second, true)
  await take(account, allowed, later)
  expect(retryOf(await limits.take(account, allowed, later)), 'the day is used up').toBeGreaterThan(60_000)
  expect((await limits.states([account])).get(account)?.stoppedMs).toBeGreaterThan(60_000)
})

test('what was reserved and not used is given back: place, day and turn', async () => {
  const account = randomUUID()
  const allowed = { requestsPerMinute: 20, requestsPerDay: 2, concurrent: 1 }
  for (let i = 0; i < 10; i++) await limits.giveBack(await take(account, allowed))
  const used = await take(account, allowed)
  await limits.end(used, true)
  const next = await limits.take(account, allowed, { maxWaitMs: minute })
  expect(next.kind === 'granted' && next.waitMs).toBeGreaterThan(2_900)
})

test('a process that dies keeps its places until its leases run out; one that lives keeps them over a wipe', async () => {
  const account = randomUUID()
  const allowed = { requestsPerMinute: 6_000, concurrent: 3 }
  const [dying, living] = [open({ leaseMs: 600 }), open({ leaseMs: 600 })]
  await dying.take(account, allowed, now)
  await dying.take(account, allowed, now)
  await living.take(account, allowed, now)
  dying.close()
  const free = () => limits.take(account, allowed, now)
  expect(await free()).toEqual({ kind: 'later', retryMs: 100 })
  const places = `${prefix}:limit:{${account}}:places`
  await expect.poll(() => redis.zcount(places, Date.now() * 1_000, '+inf'), { timeout: 3_000 }).toBe(1)
  await wipe(account)
  await expect.poll(() => redis.zcard(places), { timeout: 3_000 }).toBe(1)
  const three = [await free(), await free(), await free()]
  expect(three.map(({ kind }) => kind)).toEqual(['granted', 'granted', 'later'])
})

describe('a provider that says "wait"', () => {
  const allowed = { requestsPerMinute: 60 }

  test('stops the account for everybody, and a stop is only ever extended', async () => {
    const account = randomUUID()
    const lease = await take(account, allowed)
    await limits.refused(lease, allowed, 30_000)
    await limits.refused(lease, allowed, 500)
    await limits.heard(account, allowed, { remaining: 0, resetMs: 1_000 })
    expect(retryOf(await open().take(account, allowed, now))).toBeGreaterThan(30_000 - slackMs)
  })

  test('is heard by calls that wait for their turn', async () => {
    const account = randomUUID()
    const lease = await take(account, allowed)
    const waiting = await take(account, allowed, { maxWaitMs: minute })
    expect(await limits.confirm(waiting)).toBe(0)
    await limits.refused(lease, allowed, 5_000)
    expect(await limits.confirm(waiting)).toBeGreaterThan(5_000 - slackMs)
  })

  test('halves the rate once for all calls that were out, and each time for those after', async () => {
    const account = randomUUID()
    const out = [await take(account, allowed), await take(account, allowed), await take(account, allowed)]
    for (const lease of out) await limits.refused(lease, allowed, 0)
    const share = async () => (await limits.states([account])).get(account)?.share ?? 0
    expect(await share()).toBeCloseTo(0.5, 1)
    await limits.refused(await take(account, allowed, { maxWaitMs: minute }), allowed, 0)
    expect(await share()).toBeLessThan(0.3)
  })

  test('without saying how long is given longer each time', async () => {
    const account = randomUUID()
    const stops: number[] = []
    for (let i = 0; i < 3; i++) {
      await limits.refused(
        { account, id: 'x', grantedAt: (Date.now() + minute * i) * 1_000 + 1e9 },
        allowed,
        null,
      )
      stops.push((await limits.states([account])).get(account)?.stoppedMs ?? 0)
      await redis.hset(`${prefix}:limit:{${account}}`, 'blocked', 0, 'lowered', 0)
    }
    expect(stops.map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 4])
  })

  test('gets the calls after the stop one by one, not all at once', async () => {
    const account = randomUUID()
    await limits.refused(await take(account, allowed), allowed, 10_000)
    const waits: number[] = []
    for (let i = 0; i < 5; i++) {
      const slot = await limits.take(account, allowed, { maxWaitMs: minute })
      if (slot.kind === 'granted') waits.push(slot.waitMs)
    }
    expect(waits.filter((wait) => wait <= 10_000)).toHaveLength(1)
    // half of one a second
    expect(Math.max(...waits)).toBeGreaterThan(17_000)
  })

  test('gets the whole rate again after a while: at once up to half, then evenly', async () => {
    const short = open({ windowMs: 600 })
    const account = randomUUID()
    for (let i = 0; i < 4; i++) {
      const slot = await short.take(account, allowed, { maxWaitMs: minute })
      if (slot.kind === 'granted') await delay(slot.waitMs).then(() => short.refused(slot.lease, allowed, 0))
    }
    const share = async () => (await short.states([account])).get(account)?.share ?? 0
    const low = await share()
    expect(low).toBeLessThan(0.3)
    await expect.poll(share, { timeout: 3_000, interval: 20 }).toBe(1)
  })
})

test('less left at the provider than our burst makes the burst smaller', async () => {
  const account = randomUUID()
  const allowed = { requestsPerMinute: 200 }
  await limits.heard(account, allowed, { remaining: 2, resetMs: 10_000 })
  const granted = []
  for (let i = 0; i < 10; i++) granted.push((await limits.take(account, allowed, now)).kind)
  expect(granted.filter((kind) => kind === 'granted')).toHaveLength(2)
})

test('after a loss of Redis it begins at half the rate, without a burst', async () => {
  const account = randomUUID()
  const allowed = { requestsPerMinute: 600 }
  await take(account, allowed)
  await wipe(account)
  const waits: number[] = []
  for (let i = 0; i < 11; i++) {
    const slot = await limits.take(account, allowed, { maxWaitMs: minute })
    if (slot.kind === 'granted') waits.push(slot.waitMs)
  }
  expect(Math.max(...waits)).toBeGreaterThan(1_900)
})

test('a paced backlog leaves the burst to calls that come new', async () => {
  const account = randomUUID()
  const rate = { requestsPerMinute: 600 }
  const backlog = { maxWaitMs: 0, paced: true }
  expect((await limits.take(account, rate, backlog)).kind).toBe('granted')
  expect((await limits.take(account, rate, backlog)).kind).toBe('later')
  for (let i = 0; i < burstOf(rate) - 1; i++) await take(account, rate)
})
