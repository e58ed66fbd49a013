import { expect, test } from 'vitest'
import { createFeeder } from './feed-pools.ts'
import { planJobs } from './plan-jobs.ts'
import { createFixture } from './testing/fixture.ts'

const two = { cheap: { cost: 3n, perMinute: 300 }, dear: { cost: 30n, perMinute: 900 } }

test('a queue gets no more tickets than its watermark, and none while it is full', async () => {
  const { parts, add, queue } = createFixture(two)
  for (let i = 0; i < 100; i++) add()
  await planJobs(parts)
  const { feed } = createFeeder(parts)
  await feed()
  await feed()
  expect(queue.of('cheap')).toHaveLength(16)
})

test('projects take turns, over rounds with room for one ticket too', async () => {
  const { parts, add, queue, jobs } = createFixture(two)
  for (let i = 0; i < 500; i++) add({ projectId: 'prj_large' })
  for (let i = 0; i < 5; i++) add({ projectId: 'prj_small' })
  await planJobs(parts)
  const { feed } = createFeeder(parts)
  queue.running.set('cheap', 15)
  for (let i = 0; i < 10; i++) {
    await feed()
    queue.running.set('cheap', 15 - queue.of('cheap').length)
  }
  const served = queue.of('cheap').map((ticket) => jobs.get(ticket.job)!.projectId)
  expect(served.filter((project) => project === 'prj_small')).toHaveLength(5)
})

test('a queue that is full of a backlog still takes the few jobs of another project, and the backlog is paced', async () => {
  const { parts, add, queue, jobs } = createFixture(two)
  for (let i = 0; i < 500; i++) add({ projectId: 'prj_large' })
  await planJobs(parts)
  const { feed } = createFeeder(parts)
  await feed()
  expect(queue.of('cheap').every(({ paced }) => paced === true)).toBe(true)
  for (let i = 0; i < 5; i++) add({ projectId: 'prj_small' })
  await planJobs(parts)
  await feed()
  const small = queue.of('cheap').filter(({ job }) => jobs.get(job)!.projectId === 'prj_small')
  expect(small).toHaveLength(5)
  expect(small.every(({ paced }) => paced === undefined)).toBe(true)
})

test('tickets go out after the commit: one that is lost leaves a dispatched job for the sweeper', async () => {
  const { parts, add } = createFixture(two)
  const job = add()
  await planJobs(parts)
  parts.queue.askToRun = async () => {
    throw new Error('Redis is gone')
  }
  await expect(createFeeder(parts).feed()).rejects.toThrow('gone')
  expect(job).toMatchObject({ status: 'dispatched', generation: 1 })
})

test('a job whose price rose since it was planned goes where it is cheapest now', async () => {
  const { parts, add, market, queue } = createFixture(two)
  const job = add()
  await planJobs(parts)
  market.change('cheap', { cost: 300n, worst: 300n, priceVersion: 2 })
  const { feed } = createFeeder(parts)
  expect(await feed()).toEqual({ next: 0, returned: 0 })
  expect(job).toMatchObject({ status: 'classified', pool: 'dear' })
  await feed()
  expect(queue.of('dear')).toEqual([{ v: 1, job: job.id, gen: 1 }])
})

test('a new price at the same pool is held before the job is dispatched', async () => {
  const { parts, add, market, plans } = createFixture(two)
  const job = add({ hold: 3n })
  await planJobs(parts)
  market.change('cheap', { cost: 5n, worst: 7n, priceVersion: 2 })
  await createFeeder(parts).feed()
  expect(job).toMatchObject({ status: 'dispatched', pool: 'cheap', hold: 7n })
  expect(plans.get(job.planId!)?.choice).toMatchObject({ cost_nano: 5n, price_version: 2 })
})

test('a plan that was drawn is not drawn again while it is good', async () => {
  const { parts, add, market, jobs } = createFixture(two)
  for (let i = 0; i < 10; i++) add({ body: { routing: { policy: 'weighted' } } })
  await planJobs(parts)
  const planned = [...jobs.values()].map(({ pool, planId }) => ({ pool, planId }))
  market.change('dear', { p95Ms: 3_001 })
  await createFeeder(parts).feed()
  expect([...jobs.values()].map(({ pool, planId }) => ({ pool, planId }))).toEqual(planned)
  expect([...jobs.values()].every((job) => job.status === 'dispatched')).toBe(true)
})

test('when nobody may do a job any more, it is planned from the start', async () => {
  const { parts, add, market } = createFixture(two)
  const job = add()
  await planJobs(parts)
  for (const pool of ['cheap', 'dear']) market.change(pool, { breaker: 'open' })
  expect(await createFeeder(parts).feed()).toEqual({ next: 0, returned: 1 })
  expect(job).toMatchObject({ status: 'classified', pool: null })
})

test('a job that cannot be planned goes back alone, and the others go on', async () => {
  const { parts, add, market } = createFixture(two)
  const [bad, good] = [add(), add()]
  await planJobs(parts)
  bad.body.routing.policy = 'removed by the operator'
  market.change('dear', { p95Ms: 3_001 })
  expect(await createFeeder(parts).feed()).toEqual({ next: 0, returned: 1 })
  expect(bad).toMatchObject({ status: 'classified', pool: null })
  expect(good).toMatchObject({ status: 'dispatched' })
})

test('a refused raise sends the job to somebody whom the hold pays for', async () => {
  const { parts, add, money } = createFixture({ cheap: { cost: 3n, worst: 10n }, dear: { cost: 4n } })
  const job = add({ hold: 5n })
  await planJobs(parts)
  expect(job.pool).toBe('cheap')
  money.spare = 0n
  const { feed } = createFeeder(parts)
  await feed()
  await feed()
  expect(job).toMatchObject({ status: 'dispatched', pool: 'dear', hold: 5n })
})

test('a refused raise that nobody can do without ends the job, and whoever waits is told', async () => {
  const { parts, add, money, published } = createFixture({ cheap: { cost: 3n, worst: 10n } })
  const job = add({ hold: 2n })
  await planJobs(parts)
  money.spare = 0n
  await createFeeder(parts).feed()
  expect(job).toMatchObject({ status: 'ended', error: 'budget_exceeded' })
  expect(published).toEqual([
    { name: 'ended', message: [{ job_id: job.id, bulk_id: null }] },
    { name: 'outbox', message: {} },
  ])
})
