import { expect, test } from 'vitest'
import { createFeeder } from './feed-pools.ts'
import { planJobs } from './plan-jobs.ts'
import { createRebalancer } from './rebalance.ts'
import { createFixture } from './testing/fixture.ts'

const two = { cheap: { cost: 3n, perMinute: 300 }, dear: { cost: 30n, perMinute: 900 } }

test('when a breaker opens, tickets and waiting jobs come back at once and go elsewhere', async () => {
  const { parts, add, queue, jobs, market } = createFixture(two)
  for (let i = 0; i < 100; i++) add()
  await planJobs(parts)
  await createFeeder(parts).feed()
  const { rebalance } = createRebalancer(parts)
  expect(await rebalance()).toBe(0)
  market.change('cheap', { breaker: 'open' })
  expect(await rebalance()).toBe(100)
  expect(queue.of('cheap')).toEqual([])
  expect([...jobs.values()].every((job) => job.status === 'classified' && job.pool === null)).toBe(true)
  await planJobs(parts)
  expect([...jobs.values()].every((job) => job.pool === 'dear')).toBe(true)
})

test('a breaker that stays open takes nothing back again', async () => {
  const { parts, add, market } = createFixture(two)
  const { rebalance } = createRebalancer(parts)
  market.change('cheap', { breaker: 'open' })
  await rebalance()
  add().pool = 'cheap'
  expect(await rebalance()).toBe(0)
})

test('jobs that wait for a provider without a key are planned again', async () => {
  const { parts, add } = createFixture(two)
  const job = add()
  job.pool = 'removed'
  expect(await createRebalancer(parts).rebalance()).toBe(1)
  expect(job.pool).toBeNull()
})

test('late jobs whom nobody can help stay where they are', async () => {
  const { parts, add, jobs } = createFixture({ cheap: { cost: 3n, perMinute: 60 } })
  for (let i = 0; i < 200; i++) add({ dueMs: 60_000 }).pool = 'cheap'
  expect(await createRebalancer(parts).rebalance()).toBe(0)
  expect([...jobs.values()].every((job) => job.pool === 'cheap')).toBe(true)
})
