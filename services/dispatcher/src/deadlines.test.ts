import { expect, test } from 'vitest'
import { createFeeder } from './feed-pools.ts'
import { planJobs } from './plan-jobs.ts'
import { createRebalancer } from './rebalance.ts'
import { createFixture } from './testing/fixture.ts'

type Fixture = ReturnType<typeof createFixture>
const stepMs = 100
/** Calls take now more, now less than the middle. */
const spread = [1, 0.7, 1.2, 0.9, 0.6, 1.1]

/** Pools of workers that start at their provider's pace and take its usual time, in the fixture's time. */
function createWorkers({ queue, jobs, market, time }: Fixture) {
  const nextStart = new Map<string, number>()
  let started = 0
  const calls: { pool: string; job: string; endsAt: number }[] = []
  return () => {
    for (const call of calls.splice(0)) {
      if (call.endsAt > time.now) calls.push(call)
      else Object.assign(jobs.get(call.job)!, { status: 'ended', finishedAt: call.endsAt })
    }
    for (const [pool, model] of market.models) {
      const running = () => calls.filter((call) => call.pool === pool).length
      while (
        queue.of(pool).length > 0 &&
        (nextStart.get(pool) ?? 0) <= time.now &&
        running() < model.concurrent &&
        model.stoppedUntil <= time.now &&
        model.breaker === 'closed'
      ) {
        const [ticket, ...rest] = queue.of(pool)
        queue.waiting.set(pool, rest)
        nextStart.set(
          pool,
          Math.max(nextStart.get(pool) ?? 0, time.now - stepMs) + 60_000 / (model.perMinute * model.share),
        )
        calls.push({
          pool,
          job: ticket!.job,
          endsAt: time.now + model.p50Ms * spread[started++ % spread.length]!,
        })
      }
      queue.running.set(pool, running())
    }
  }
}

/** The dispatcher's rounds and the workers, as time goes by. */
function createRun(fixture: Fixture): (ms: number) => Promise<void> {
  const { parts, time } = fixture
  const feeder = createFeeder(parts)
  const rebalancer = createRebalancer(parts)
  const work = createWorkers(fixture)
  return async (ms) => {
    for (const end = time.now + ms; time.now < end; time.now += stepMs) {
      while ((await planJobs(parts)) === 0);
      await feeder.feed()
      if (time.now % 1_000 === 0) await rebalancer.rebalance()
      work()
    }
  }
}

const lateIn = ({ jobs }: Fixture) =>
  [...jobs.values()].filter((job) => (job.finishedAt ?? Infinity) > job.deadline.getTime()).length

const count = ({ jobs }: Fixture, pool: string) =>
  [...jobs.values()].filter((job) => job.pool === pool).length

test('2,000 jobs due in two minutes, the cheapest at 300 a minute: all in time, only the overflow pays more', async () => {
  const fixture = createFixture({
    cheap: { cost: 3_000_000n, perMinute: 300 },
    dear: { cost: 30_000_000n, perMinute: 900 },
    dearest: { cost: 50_000_000n, perMinute: 6_000 },
  })
  for (let i = 0; i < 2_000; i++) fixture.add({ dueMs: 120_000 })
  await createRun(fixture)(120_000)

  expect(lateIn(fixture)).toBe(0)
  // 600 would leave nothing to spare
  expect(count(fixture, 'cheap')).toBeGreaterThan(480)
  expect(count(fixture, 'cheap')).toBeLessThan(600)
  expect(count(fixture, 'dear')).toBeGreaterThan(1_350)
}, 60_000)

test('the spill is decided at once, not when time runs out', async () => {
  const fixture = createFixture({ cheap: { cost: 3n, perMinute: 300 }, dear: { cost: 30n, perMinute: 900 } })
  for (let i = 0; i < 2_000; i++) fixture.add({ dueMs: 120_000 })
  while ((await planJobs(fixture.parts)) === 0);
  expect(count(fixture, 'cheap')).toBeGreaterThan(480)
  expect(count(fixture, 'dear')).toBeGreaterThan(1_300)
})

test('without a tight deadline everything waits for the cheapest', async () => {
  const fixture = createFixture({ cheap: { cost: 3n, perMinute: 300 }, dear: { cost: 30n, perMinute: 900 } })
  for (let i = 0; i < 2_000; i++) fixture.add()
  while ((await planJobs(fixture.parts)) === 0);
  expect(count(fixture, 'cheap')).toBe(2_000)
  expect(fixture.plans.size).toBe(1)
})

test('a pool that grows slow loses the jobs that it would finish too late', async () => {
  const fixture = createFixture({
    cheap: { cost: 3n, perMinute: 600, concurrent: 40 },
    dear: { cost: 30n, perMinute: 6_000 },
  })
  for (let i = 0; i < 600; i++) fixture.add({ dueMs: 120_000 })
  const run = createRun(fixture)
  await run(10_000)
  expect(count(fixture, 'dear')).toBe(0)
  fixture.market.change('cheap', { p50Ms: 16_000, p95Ms: 20_000 })
  await run(110_000)
  expect(lateIn(fixture)).toBe(0)
  expect(count(fixture, 'dear')).toBeGreaterThan(100)
}, 60_000)

test('2,000 jobs due in three minutes, the cheapest slowed down by refusals, then out for a minute: all in time', async () => {
  const pools = {
    cheap: { cost: 3n, perMinute: 600 },
    dear: { cost: 30n, perMinute: 600 },
    dearest: { cost: 50n, perMinute: 900 },
  }
  const run = async (trouble: boolean) => {
    const fixture = createFixture(pools)
    for (let i = 0; i < 2_000; i++) fixture.add({ dueMs: 180_000 })
    const pass = createRun(fixture)
    const cheap = fixture.market.models.get('cheap')!
    await pass(20_000)
    if (trouble) {
      // told to wait, then at a quarter of the rate
      Object.assign(cheap, { stoppedUntil: fixture.time.now + 15_000, share: 0.25 })
      await pass(40_000)
      fixture.market.change('cheap', { breaker: 'open' })
      await pass(60_000)
      fixture.market.change('cheap', { breaker: 'closed', share: 1 })
    }
    await pass(fixture.time.now < Date.UTC(2026, 10, 22) + 100_000 ? 160_000 : 60_000)
    return fixture
  }
  const calm = await run(false)
  const troubled = await run(true)
  expect(lateIn(calm)).toBe(0)
  expect(lateIn(troubled)).toBe(0)
  // it is used for as much as it can
  expect(count(calm, 'cheap')).toBeGreaterThan(1_400)
  expect(count(troubled, 'cheap')).toBeGreaterThan(500)
  expect(count(troubled, 'dearest')).toBeLessThan(400)
}, 60_000)

test.each([
  { perMinute: 300, p50Ms: 2_000 },
  { perMinute: 900, p50Ms: 500 },
  { perMinute: 6_000, p50Ms: 2_000 },
])(
  '20 jobs behind 10,000 of another project are served within twice the time that they take alone: $perMinute a minute',
  async (pool) => {
    const alone = await twentyJobs(0, pool)
    const crowded = await twentyJobs(10_000, pool)
    expect(crowded).toBeLessThanOrEqual(2 * alone)
  },
  60_000,
)

async function twentyJobs(others: number, pool: { perMinute: number; p50Ms: number }): Promise<number> {
  const fixture = createFixture({ cheap: { cost: 3n, ...pool } })
  for (let i = 0; i < others; i++) fixture.add({ projectId: 'prj_large' })
  const run = createRun(fixture)
  if (others > 0) await run(3_000)
  const begin = fixture.time.now
  const small = Array.from({ length: 20 }, () => fixture.add({ projectId: 'prj_small' }))
  await run(15_000)
  return Math.max(...small.map((job) => job.finishedAt ?? Infinity)) - begin
}
