import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { providerIds } from '@halftone/providers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createScene, type Scene } from './testing/scene.ts'

const resetMs = 2_500
let dir: string
let scene: Scene

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-outage-'))
  const plenty = { requests_per_minute: 6_000, concurrent: 16 }
  scene = await createScene(dir, {
    HALFTONE_SIM_LATENCY: '0.02',
    HALFTONE_LIMITS: JSON.stringify(Object.fromEntries(providerIds.map((id) => [id, plenty]))),
    HALFTONE_BREAKER_RESET_MS: String(resetMs),
  })
}, 90_000)
afterEach(() => scene.heal())
afterAll(async () => {
  await scene?.stop()
  await rm(dir, { recursive: true, force: true })
}, 30_000)

test('the cheapest dies under load: its tickets leave at once, the others share by health × 1/cost, nothing fails, and it returns by one probe at a time', {
  timeout: 180_000,
}, async () => {
  const rivals = await scene.cheapestOfEach()
  expect(rivals.length).toBeGreaterThanOrEqual(3)
  const [dying, ...others] = rivals
  if (!dying) throw new Error('nobody can do it')
  const allow = rivals.map(({ key }) => key)
  const some = (count: number, policy: string) => Array(count).fill({ routing: { allow, policy } })
  const bulk = await scene.submit([...some(600, 'cheapest'), ...some(600, 'weighted')])
  await scene.until('the cheapest is busy', async () => (await scene.paid(dying.provider)) >= 20)

  const diedAt = Date.now()
  await scene.fault({ provider: dying.provider, kind: 'down' })
  await scene.until('its breaker is open and none of its tickets waits', async () => {
    const { breaker, depth } = await scene.provider(dying.provider)
    return breaker === 'open' && depth.waiting + depth.running === 0
  })
  const emptiedMs = Date.now() - diedAt
  expect(emptiedMs).toBeLessThan(10_000)
  const openedAt = Date.now()

  await scene.until('the others did enough', async () => (await scene.ended(bulk)) >= 1_100)
  await scene.heal()
  const healedAt = Date.now()
  // who is on probation is tried with jobs that are there anyway
  const after = await scene.submit(some(300, 'cheapest'))
  const most = { open: 0, half_open: 0 }
  await scene.until('it is back', async () => {
    const { breaker, depth } = await scene.provider(dying.provider)
    const out = depth.waiting + depth.running
    if (breaker === 'open' || breaker === 'half_open') most[breaker] = Math.max(most[breaker], out)
    return breaker === 'closed'
  })
  const back = Date.now()
  expect(most.half_open).toBeLessThanOrEqual(1)
  expect(most.open).toBeLessThanOrEqual(1)

  await scene.until(
    'all have ended',
    async () => (await scene.ended(bulk)) + (await scene.ended(after)) === 1_500,
  )
  const jobs = [...(await scene.jobs(bulk)), ...(await scene.jobs(after))]
  expect(jobs.filter(({ status }) => status !== 'succeeded')).toEqual([])

  for (const policy of ['cheapest', 'weighted']) {
    const displaced = jobs.filter((job) => {
      const at = Date.parse(job.attempts.at(-1)?.started_at ?? '')
      return job.metadata.policy === policy && at > openedAt && at < healedAt
    })
    expect(displaced.length).toBeGreaterThan(250)
    const efficiency = others.reduce((sum, { cost }) => sum + 1 / cost, 0)
    for (const { key, cost } of others) {
      const share =
        displaced.filter((job) => `${job.provider}/${job.model}` === key).length / displaced.length
      expect(Math.abs(share - 1 / cost / efficiency), `${policy}: share of ${key}`).toBeLessThan(0.05)
    }
    const mean = displaced.reduce((sum, { cost_usd }) => sum + Number(cost_usd), 0) / displaced.length
    expect(mean / (others.length / efficiency), `${policy}: cost an image beside the blend`).toBeLessThan(1.1)
  }
  const told = jobs.filter(({ why }) => why?.summary.includes(`displaced from ${dying.key}`))
  expect(told.some(({ why }) => /breaker is open.*% of the weight/.test(why?.summary ?? ''))).toBe(true)
  const later = jobs.filter((job) => Date.parse(job.attempts.at(-1)?.started_at ?? '') > back)
  const cheapLater = later.filter(({ metadata }) => metadata.policy === 'cheapest')
  if (cheapLater.length > 50)
    expect(cheapLater.filter(({ provider }) => provider === dying.provider).length).toBeGreaterThan(
      cheapLater.length / 2,
    )
  await scene.booksAgree(jobs)
})

test('three refusals in ten open no breaker; the refused jobs end failed as the provider bills them', {
  timeout: 120_000,
}, async () => {
  const rivals = await scene.cheapestOfEach()
  for (const { provider } of rivals) await scene.fault({ provider, kind: 'refuse', rate: 0.3 })
  const bulk = await scene.submit(
    rivals.flatMap(({ key }) => Array(60).fill({ routing: { allow: [key], policy: 'cheapest' } })),
  )
  const seen = new Set<string>()
  await scene.until('all have ended', async () => {
    for (const { provider } of rivals) seen.add((await scene.provider(provider)).breaker)
    return (await scene.ended(bulk)) === rivals.length * 60
  })
  expect([...seen]).toEqual(['closed'])
  const jobs = await scene.jobs(bulk)
  for (const { key, provider } of rivals) {
    const own = jobs.filter((job) => job.metadata.allow === key)
    const refused = own.filter(({ status }) => status === 'failed')
    expect(refused.length, provider).toBeGreaterThan(5)
    expect(refused.length, provider).toBeLessThan(32)
    expect(new Set(refused.map(({ error }) => error?.code))).toEqual(new Set(['content_policy']))
    expect(refused.every(({ attempts }) => attempts.length === 1)).toBe(true)
  }
  expect(jobs.filter(({ status }) => !['succeeded', 'failed'].includes(status))).toEqual([])
  await scene.booksAgree(jobs)
})
