import { expect, test } from 'vitest'
import { planJobs } from './plan-jobs.ts'
import { createFixture } from './testing/fixture.ts'

/** Quoted at 30 from `quoted`, with so much that the operator may add. */
function createQuoted(models: Parameters<typeof createFixture>[0], overrunLeft = 20n) {
  const fixture = createFixture(models)
  const quote = { model: 'quoted/m', quoted: 30n, overrunLeft }
  const plan = async (body: Parameters<typeof fixture.add>[0] = {}) => {
    const job = fixture.add({ hold: 30n, quote, ...body })
    await planJobs(fixture.parts)
    return { job, plan: fixture.plans.get(job.planId!)! }
  }
  return { ...fixture, plan }
}

test('whoever does it for what was quoted comes first, and the cheapest of them', async () => {
  const { plan } = createQuoted({ quoted: { cost: 30n }, cheaper: { cost: 25n }, dear: { cost: 31n } })
  const { job, plan: made } = await plan()
  expect(job.pool).toBe('cheaper')
  expect(made.excluded).toMatchObject([
    { provider: 'dear', reason: '$0.000000031 is above the $0.00000003 that was quoted' },
  ])
})

test('an estimate within the quote is within it, though its worst case is not: that risk is the operator’s', async () => {
  const { plan } = createQuoted({ quoted: { cost: 30n, worst: 45n } })
  expect((await plan()).job.pool).toBe('quoted')
})

test('when all prices rose the cheapest does it, and the caller’s own limit is no hindrance', async () => {
  const { plan } = createQuoted({ quoted: { cost: 45n }, cheaper: { cost: 35n } })
  const { job, plan: made } = await plan({ body: { budget: { max_cost_usd: '0.00000003' } } })
  expect(job.pool).toBe('cheaper')
  expect(made.summary).toContain('what exceeds that is not billed')
})

test('when the quoted model is out or above the operator’s limit, another one keeps the promise', async () => {
  const out = createQuoted({ quoted: { cost: 30n, breaker: 'open' }, other: { cost: 40n } })
  expect((await out.plan()).job.pool).toBe('other')
  const dear = createQuoted({ quoted: { cost: 51n }, other: { cost: 50n } })
  expect((await dear.plan()).job.pool).toBe('other')
})

test('above the operator’s limit nobody is chosen: the job waits for the price to come down', async () => {
  const { plan, market, time, parts } = createQuoted({ quoted: { cost: 51n } })
  const { job } = await plan()
  expect(job).toMatchObject({ status: 'classified', pool: null })
  market.change('quoted', { cost: 50n, priceVersion: 2 })
  time.now += 5_000
  await planJobs(parts)
  expect(job.pool).toBe('quoted')
})
