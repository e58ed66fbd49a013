import { expect, test } from 'vitest'
import { createFeeder } from './feed-pools.ts'
import { planJobs } from './plan-jobs.ts'
import { createRebalancer } from './rebalance.ts'
import { createFixture } from './testing/fixture.ts'

const four = {
  cheap: { cost: 10n },
  two: { cost: 20n },
  four: { cost: 40n },
  eight: { cost: 80n },
}

/** 2,000 jobs, displaced from the cheapest, which is on probation since. */
async function outage() {
  const fixture = createFixture(four)
  const { parts, add, market, queue } = fixture
  for (let i = 0; i < 2_000; i++) add()
  const feeder = createFeeder(parts)
  const { rebalance } = createRebalancer(parts)
  const planAll = async () => {
    while ((await planJobs(parts)) === 0);
  }
  await planAll()
  await feeder.feed()
  market.change('cheap', { breaker: 'open' })
  await rebalance()
  await planAll()
  await feeder.feed()
  return { ...fixture, feed: () => feeder.feed(), done: (pool: string) => queue.waiting.delete(pool) }
}

test('while a provider is on probation one of its tickets is out at a time, until it is closed', async () => {
  const { feed, market, queue, time, done, plans, jobs } = await outage()
  expect(queue.of('cheap')).toEqual([])
  const others = ['two', 'four', 'eight']
  const rounds = async (n: number) => {
    for (let i = 0; i < n; i++) {
      for (const pool of others) done(pool)
      await feed()
      time.now += 100
    }
  }
  market.change('cheap', { breaker: 'half_open' })
  await rounds(4)
  expect(queue.of('cheap')).toHaveLength(1)
  const [probe] = queue.of('cheap')
  expect(plans.get(jobs.get(probe!.job)!.planId!)?.summary).toContain('one call at a time')
  done('cheap')
  await rounds(6)
  expect(queue.of('cheap')).toHaveLength(1)
  expect(queue.of('cheap')[0]?.job).not.toBe(probe?.job)
  market.change('cheap', { breaker: 'closed' })
  await rounds(2)
  expect(queue.of('cheap').length).toBeGreaterThan(1)
})

test('new jobs too are planned for a provider on probation one by one, and otherwise spread by cost', async () => {
  const { parts, add, market, jobs } = createFixture(four)
  market.change('cheap', { breaker: 'half_open' })
  for (let i = 0; i < 280; i++) add()
  await planJobs(parts)
  const counts = Object.fromEntries(
    Map.groupBy(jobs.values(), ({ pool }) => pool)
      .entries()
      .map(([pool, of]) => [pool, of.length]),
  )
  expect(counts.cheap).toBe(1)
  // 1/cost of 20, 40 and 80 is 4 : 2 : 1
  for (const [pool, share] of Object.entries({ two: 4 / 7, four: 2 / 7, eight: 1 / 7 }))
    expect(Math.abs(counts[pool]! / 279 - share)).toBeLessThan(0.08)
})

test('a probe that nobody dispatched gives its place to another job after a while', async () => {
  const { parts, add, market, time } = createFixture(four)
  market.change('cheap', { breaker: 'half_open' })
  const first = add()
  await planJobs(parts)
  expect(first.pool).toBe('cheap')
  first.status = 'ended'
  const second = add()
  await planJobs(parts)
  expect(second.pool).not.toBe('cheap')
  time.now += 6_000
  const third = add()
  await planJobs(parts)
  expect(third.pool).toBe('cheap')
})
