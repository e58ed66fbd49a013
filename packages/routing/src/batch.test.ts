import { avoidBatch } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { createPlanner, holdOf, noWaits } from './planner.ts'
import { builtInPolicies } from './policies.ts'
import { keyOf, makeInput, makeMask, makeOffer, makeRoute, plan, reasonOf } from './testing/market.ts'

const day = 86_400_000
const lot = (key: string, usd: string, discounted = true) =>
  makeOffer(key, { usd, latencyMs: day, batch: { discounted } })
const tiers = [makeOffer('a/live', { usd: '0.04' }), makeOffer('b/m', { usd: '0.05' }), lot('b/m', '0.025')]
const patient = { dueMs: 2 * day }

test('a patient job goes to the lot that beats the cheapest at the live tier', () => {
  expect(plan(tiers, patient).choice).toMatchObject({ provider: 'b', batch: true, cost_nano: 25_000_000n })
})

test('a deadline inside the provider’s window leaves the live tier', () => {
  expect(plan(tiers, { dueMs: day - 1 }).choice).toMatchObject({ provider: 'a', batch: false })
})

test.each(Object.keys(builtInPolicies))('under %s no lot is chosen that saves nothing', (policy) => {
  const routed = plan([makeOffer('a/live', { usd: '0.02' }), lot('b/m', '0.025')], { ...patient, policy })
  expect(routed.choice).toMatchObject({ provider: 'a', batch: false })
  expect(reasonOf(routed, 'b/m')).toContain('saves nothing')
})

test('routing.batch "never" keeps out of lots, "only" out of the live tier', () => {
  expect(keyOf(plan(tiers, { ...patient, batch: 'never' }).choice)).toBe('a/live')
  const only = plan(tiers, { ...patient, batch: 'only' })
  expect(only.ranked.map(({ batch }) => batch)).toEqual([true])
  expect(plan(tiers.slice(0, 2), { ...patient, batch: 'only' }).choice).toBeNull()
})

test('a tier without a discount for this request is no way to do it, and the template is named as the cure', () => {
  const edit = {
    operation: 'edit' as const,
    images: [makeInput()],
    mask: makeMask(9),
  }
  const operations = {
    edit: {
      sizes: { kind: 'list' as const, list: ['1024x1024'] },
      n_max: 1,
      mask: 'optional' as const,
      images_max: 1,
    },
  }
  const offers = [
    makeOffer('j/janus', { usd: '0.05', spec: { operations } }),
    makeOffer('j/janus', { usd: '0.05', spec: { operations }, latencyMs: day, batch: { discounted: false } }),
  ]
  const routed = plan(offers, { ...patient, request: edit })
  expect(routed.choice?.batch).toBe(false)
  expect(routed.excluded.find(({ batch }) => batch)?.reason).toContain('predefined mask template')
})

test('what a lot failed goes to the cheapest at the live tier, not by chance to any', () => {
  const routed = plan(tiers, { ...patient, avoid: [avoidBatch] }, { random: () => 0.999 })
  expect(keyOf(routed.choice)).toBe('a/live')
  expect(routed.choice?.batch).toBe(false)
})

test('the hold is enough for the live tier, to which a late lot’s jobs return', () => {
  expect(holdOf(plan(tiers, patient), null)).toBe(50_000_000n)
})

test('a queue before the live tier does not hold up lots, and the two tiers of a model have digests of their own', () => {
  const planner = createPlanner({
    market: () => ({ version: 1, floors: {}, now: 0 }),
    offers: () => tiers,
    policies: builtInPolicies,
    random: () => 0.5,
  })
  const busy = { key: 'busy', of: () => 10 * day }
  const waiting = planner.plan(makeRoute(patient), busy)
  const live = planner.plan(makeRoute({ dueMs: day / 2 }), noWaits)
  expect(waiting.routed.choice?.batch).toBe(true)
  expect(live.routed.choice?.batch).toBe(false)
  expect(waiting.digest.equals(live.digest)).toBe(false)
})
