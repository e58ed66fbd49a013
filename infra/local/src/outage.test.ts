import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobAnswer } from '@halftone/contracts'
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
}, 180_000)
afterEach(() => scene.heal())
afterAll(async () => {
  await scene?.stop()
  await rm(dir, { recursive: true, force: true })
}, 30_000)

test('the cheapest dies under load: its tickets leave at once, its jobs are shared by health × 1/cost, none fails, and it returns by one probe at a time', {
  timeout: 300_000,
}, async () => {
  const rivals = await scene.cheapestOfEach()
  expect(rivals.length).toBeGreaterThanOrEqual(3)
  const [dying, ...others] = rivals
  if (!dying) throw new Error('nobody can do it')
  const allow = rivals.map(({ key }) => key)
  const some = (count: number, policy = 'cheapest') => Array(count).fill({ routing: { allow, policy } })
  const first = await scene.submit([...some(60), ...some(60, 'weighted')])
  const few = 20
  const early: string[] = []
  await scene.until('the cheapest is busy', async () => (await scene.paid(dying.provider)) >= 10)

  const diedAt = Date.now()
  await scene.fault({ provider: dying.provider, kind: 'down' })
  await scene.until('its breaker is open and none of its tickets waits', async () => {
    const { breaker, depth } = await scene.provider(dying.provider)
    const left = depth.waiting + depth.running
    // on a fast machine all was done before it died: only who calls it finds out
    const last = early.at(-1)
    const isQuiet = (await scene.ended(last ?? first)) === (last ? few : 120)
    if (breaker !== 'open' && isQuiet) early.push(await scene.submit(some(few)))
    return breaker === 'open' && left === 0
  })
  expect(Date.now() - diedAt).toBeLessThan(10_000)

  const second = await scene.submit([...some(900), ...some(900, 'weighted')])
  const displaced = await scene.planned(second)
  await scene.cancel(second)
  const efficiency = others.reduce((sum, { cost }) => sum + 1 / cost, 0)
  for (const policy of ['cheapest', 'weighted']) {
    const chosen = displaced.filter(({ metadata }) => metadata.policy === policy).map(chosenOf)
    for (const { key, cost } of others) {
      const share = chosen.filter((one) => one.key === key).length / chosen.length
      expect(Math.abs(share - 1 / cost / efficiency), `${policy}: share of ${key}`).toBeLessThan(0.05)
    }
    const mean = chosen.reduce((sum, { cost }) => sum + cost, 0) / chosen.length
    expect(mean / (others.length / efficiency), `${policy}: cost of a picture, in blends`).toBeLessThan(1.15)
  }
  // one at a time may be sent to find out whether it is back
  const probes = displaced.filter((job) => chosenOf(job).key === dying.key)
  expect(probes.length).toBeLessThan(5)
  const stories = displaced
    .filter((job) => job.metadata.policy === 'cheapest' && !probes.includes(job))
    .map(({ why }) => why?.summary)
  expect(stories.filter((story) => !told.test(story ?? '') || !story?.includes(dying.key))).toEqual([])
  await scene.until(
    'all that were there when it died have ended',
    async () => (await scene.ended(first)) === 120,
  )
  await scene.heal()

  // who is on probation is tried with jobs that are there anyway
  const later = [await scene.submit(some(few))]
  const mostOut = { open: 0, half_open: 0, closed: 0 }
  await scene.until('it is back', async () => {
    const { breaker, depth } = await scene.provider(dying.provider)
    mostOut[breaker] = Math.max(mostOut[breaker], depth.waiting + depth.running)
    if ((await scene.ended(later.at(-1)!)) === few) later.push(await scene.submit(some(few)))
    return breaker === 'closed'
  })
  expect(mostOut.half_open).toBeLessThanOrEqual(1)
  expect(mostOut.open).toBeLessThanOrEqual(1)
  const back = await scene.submit(some(few))

  for (const bulk of [...early, ...later, back])
    await scene.until('all have ended', async () => (await scene.ended(bulk)) === few)
  const jobs = (
    await Promise.all([first, second, ...early, ...later, back].map((bulk) => scene.jobs(bulk)))
  ).flat()
  const lost = jobs.filter(
    ({ status, bulk_id }) => status !== 'succeeded' && !(bulk_id === second && status === 'canceled'),
  )
  expect(lost).toEqual([])
  const home = jobs.filter(({ bulk_id, provider }) => bulk_id === back && provider === dying.provider)
  expect(home.length).toBeGreaterThan(few / 2)
  await scene.booksAgree(jobs)
})

test('three refusals in ten open no breaker; the refused jobs end failed as the provider bills them', {
  timeout: 300_000,
}, async () => {
  const rivals = await scene.cheapestOfEach()
  for (const { provider } of rivals) await scene.fault({ provider, kind: 'refuse', rate: 0.3 })
  const bulk = await scene.submit(
    rivals.flatMap(({ key }) => Array(30).fill({ routing: { allow: [key], policy: 'cheapest' } })),
  )
  const seen = new Set<string>()
  await scene.until('all have ended', async () => {
    for (const { provider } of rivals) seen.add((await scene.provider(provider)).breaker)
    return (await scene.ended(bulk)) === rivals.length * 30
  })
  expect([...seen]).toEqual(['closed'])
  const jobs = await scene.jobs(bulk)
  for (const { key, provider } of rivals) {
    const own = jobs.filter((job) => job.metadata.allow === key)
    const refused = own.filter(({ status }) => status === 'failed')
    expect(refused.length, provider).toBeGreaterThan(1)
    expect(refused.length, provider).toBeLessThan(21)
    expect(new Set(refused.map(({ error }) => error?.code))).toEqual(new Set(['content_policy']))
    expect(refused.every(({ attempts }) => attempts.length === 1)).toBe(true)
  }
  expect(jobs.filter(({ status }) => !['succeeded', 'failed'].includes(status))).toEqual([])
  await scene.booksAgree(jobs)
})

const told = /displaced from .*breaker is (half )?open.*% of the weight/

function chosenOf({ why }: JobAnswer): { key: string; cost: number } {
  const [choice] = why?.candidates ?? []
  return { key: `${choice?.provider}/${choice?.model}`, cost: Number(choice?.cost_usd) }
}
