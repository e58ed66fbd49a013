import { expect, test } from 'vitest'
import { createPlanner, noWaits } from './planner.ts'
import { builtInPolicies } from './policies.ts'
import { keyOf, makeOffer, makeRoute, plan, reasonOf } from './testing/market.ts'

const floors = { text_poster: 0.8, portrait: 0.5 }
const measured = { text_poster: { n: 12, methods: ['ocr' as const], at: '2026-11-23T10:00:00.000Z' } }
const painter = makeOffer('painter/p', {
  usd: '0.02',
  spec: { quality: { text_poster: 0.1, portrait: 0.9 } },
  measured,
})
const setter = makeOffer('setter/s', { usd: '0.04', spec: { quality: { text_poster: 0.95 } } })
const dear = makeOffer('dear/d', { usd: '0.09', spec: { quality_default: 0.9 } })
const offers = [painter, setter, dear]

test('a poster avoids the cheaper one that was measured to be bad at text, and why says so', () => {
  const routed = plan(offers, { plausible: ['text_poster'] }, { floors })
  expect(keyOf(routed.choice)).toBe('setter/s')
  expect(reasonOf(routed, 'painter/p')).toBe(
    'quality 0.1 for text_poster is below the floor 0.8 (measured by ocr, n 12, on 2026-11-23)',
  )
  expect(routed.summary).toMatch(/cheapest of 2.*painter\/p at \$0.02 is left out: quality 0\.1.*n 12/)
})

test('a portrait goes to the one that is bad at text and cheap; the plan tells what knowing that saves', () => {
  const routed = plan(offers, { plausible: ['portrait'] }, { floors })
  expect(keyOf(routed.choice)).toBe('painter/p')
  expect(routed.affinity).toEqual({
    labels: ['portrait'],
    floor: 0.5,
    all_rounder: { provider: 'setter', model: 's', cost_nano: 40_000_000n },
  })
  expect(routed.summary).toContain('knowing that it is portrait saves $0.02')
})

test('without a content type, or with a floor of the caller’s own, affinity has no part in it', () => {
  expect(plan(offers, {}, { floors }).affinity).toBeNull()
  expect(plan(offers, { plausible: ['portrait'], qualityFloor: 0.2 }, { floors }).affinity).toBeNull()
})

test('a project’s own floor holds for its jobs alone', () => {
  const planner = createPlanner({
    market: () => ({ version: 1, floors, now: Date.parse('2026-11-22') }),
    offers: () => offers,
    policies: builtInPolicies,
    random: () => 0.5,
  })
  const choice = (own?: { text_poster: number }) =>
    keyOf(
      planner.plan(makeRoute({ plausible: ['text_poster'], ...(own ? { floors: own } : {}) }), noWaits).routed
        .choice,
    )
  expect([choice(), choice({ text_poster: 0.05 }), choice()]).toEqual(['setter/s', 'painter/p', 'setter/s'])
})

test('a model asked for by name is not measured against the floor of a content type, only against the request’s own', () => {
  const pinned = { plausible: ['text_poster' as const], model: 'painter/p' }
  expect(keyOf(plan(offers, pinned, { floors }).choice)).toBe('painter/p')
  expect(plan(offers, { ...pinned, qualityFloor: 0.99 }, { floors }).choice).toBeNull()
})
