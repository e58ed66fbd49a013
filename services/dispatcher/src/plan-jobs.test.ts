import { expect, test } from 'vitest'
import { planJobs } from './plan-jobs.ts'
import { createFixture } from './testing/fixture.ts'

test('jobs of one shape share one stored plan', async () => {
  const { parts, add, plans, jobs } = createFixture({ cheap: { cost: 3n }, dear: { cost: 30n } })
  for (let i = 0; i < 300; i++) add()
  await planJobs(parts)
  expect(plans.size).toBe(1)
  expect(new Set([...jobs.values()].map(({ pool }) => pool))).toEqual(new Set(['cheap']))
})

test('a job that nobody may do now waits with its reasons, and is planned once somebody may', async () => {
  const { parts, add, plans, market, time } = createFixture({ cheap: { cost: 3n, breaker: 'open' } })
  const job = add()
  await planJobs(parts)
  expect(job).toMatchObject({ status: 'classified', pool: null, planAfter: time.now + 5_000 })
  expect(plans.get(job.planId!)?.excluded[0]?.reason).toContain('breaker')
  market.change('cheap', { breaker: 'closed' })
  time.now += 5_000
  await planJobs(parts)
  expect(job.pool).toBe('cheap')
})

test('the work of a provider that is out is spread over the others by what they cost', async () => {
  const { parts, add, jobs } = createFixture({
    cheap: { cost: 3n, breaker: 'open' },
    middle: { cost: 30n },
    dear: { cost: 60n },
  })
  for (let i = 0; i < 600; i++) add()
  await planJobs(parts)
  const share = (pool: string) => [...jobs.values()].filter((job) => job.pool === pool).length
  expect(share('cheap')).toBe(0)
  // by cost efficiency: 2 to 1
  expect(share('middle') / share('dear')).toBeGreaterThan(1.5)
  expect(share('middle') / share('dear')).toBeLessThan(2.7)
})

test('what cannot be answered in time fails, if the caller wants that, and else runs late', async () => {
  const { parts, add, queue, published } = createFixture({ cheap: { cost: 3n, perMinute: 60, p95Ms: 2_500 } })
  queue.running.set('cheap', 20)
  const strict = add({ body: { latency: { max_ms: 3_000, on_miss: 'fail' } } })
  const patient = add({ body: { latency: { max_ms: 3_000, on_miss: 'run' } } })
  await planJobs(parts)
  expect(strict).toMatchObject({ status: 'ended', error: 'no_provider' })
  expect(patient).toMatchObject({ status: 'classified', pool: 'cheap' })
  expect(published.map(({ name }) => name)).toEqual(['ended', 'outbox'])
})

test('a job that can only just be done in time is planned, not left to expire', async () => {
  const { parts, add } = createFixture({ cheap: { cost: 3n, p95Ms: 3_000 } })
  const job = add({ dueMs: 3_200 })
  await planJobs(parts)
  expect(job.pool).toBe('cheap')
})

test('a job that cannot be planned fails alone', async () => {
  const { parts, add } = createFixture({ cheap: { cost: 3n } })
  const bad = add({ body: { routing: { policy: 'removed by the operator' } } })
  const good = add()
  await planJobs(parts)
  expect(bad).toMatchObject({ status: 'ended', error: 'invalid_request' })
  expect(good.pool).toBe('cheap')
})
