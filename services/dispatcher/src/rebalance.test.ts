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

test('when an account is stopped for long, what waits for it goes where it is done sooner, and the rest stays', async () => {
  const { parts, add, queue, jobs, market, time } = createFixture(two)
  for (let i = 0; i < 50; i++) add({ body: { latency: { max_ms: 20_000, on_miss: 'run' } } })
  for (let i = 0; i < 50; i++) add()
  await planJobs(parts)
  await createFeeder(parts).feed()
  expect(queue.of('cheap').length).toBeGreaterThan(0)
  market.models.get('cheap')!.stoppedUntil = time.now + 60_000
  const { rebalance } = createRebalancer(parts)
  expect(await rebalance()).toBe(100)
  expect(await rebalance(), 'once a stop').toBe(0)
  expect(queue.of('cheap')).toEqual([])
  await planJobs(parts)
  await createFeeder(parts).feed()
  const at = (pool: string) => [...jobs.values()].filter((job) => job.pool === pool)
  expect(at('dear').every(({ body }) => body.latency !== undefined)).toBe(true)
  expect(at('dear')).toHaveLength(50)
  expect(queue.of('cheap'), 'a stopped pool gets no tickets').toEqual([])
})

test('a pool that the operator pauses loses all that waits; what is pinned to it waits for the resume', async () => {
  const { parts, add, queue, jobs, market } = createFixture(two)
  for (let i = 0; i < 20; i++) add()
  const pinned = add({ body: { routing: { model: 'cheap/m' } } })
  await planJobs(parts)
  await createFeeder(parts).feed()
  const { rebalance } = createRebalancer(parts)
  market.change('cheap', { pool: 'paused' })
  expect(await rebalance()).toBe(21)
  await planJobs(parts)
  await createFeeder(parts).feed()
  expect(queue.of('cheap')).toEqual([])
  expect([...jobs.values()].filter((job) => job.pool === 'dear')).toHaveLength(20)
  expect(pinned).toMatchObject({ status: 'classified', pool: null })

  market.change('cheap', { pool: 'active' })
  pinned.planAfter = 0
  await planJobs(parts)
  await createFeeder(parts).feed()
  expect(queue.of('cheap')).toMatchObject([{ job: pinned.id }])
})

test('a pool that was drained is told of', async () => {
  const { parts, market, lost, published } = createFixture(two)
  const { rebalance } = createRebalancer(parts)
  lost.drained = ['cheap']
  await rebalance()
  expect(published).toEqual([])
  market.change('cheap', { pool: 'draining' })
  await rebalance()
  expect(published).toEqual([{ name: 'pools', message: {} }])
})
