import { type ImageRequest, modelSpecSchema, type Nano, type Offer } from '@halftone/contracts'
import { sampleRequest } from '@halftone/contracts/testing'
import { expect, test } from 'vitest'
import { createPlanner, holdOf, noWaits } from './planner.ts'
import { builtInPolicies } from './policies.ts'
import { route } from './route.ts'
import { makeOffer, makeRoute, seeded } from './testing/market.ts'
import type { RouteRequest } from './types.ts'

const request: ImageRequest = sampleRequest({ prompt: 'a fox' })
const asked: RouteRequest = {
  request,
  plausible: ['logo'],
  qualityFloor: null,
  maxPerImage: null,
  maxTotal: null,
  latency: null,
  dueMs: 86_400_000,
  policy: 'cheapest',
  compareBy: 'image',
  allow: null,
  deny: [],
  model: null,
  batch: 'auto',
  avoid: [],
}

function offer(provider: string, cost: Nano, worst: Nano = cost): Offer {
  return {
    spec: modelSpecSchema.parse({
      provider,
      model: 'm',
      operations: { generate: { sizes: { kind: 'list', list: ['1024x1024'] }, n_max: 1 } },
      qualities: [],
      default_quality: null,
      steps: null,
      seed: false,
      modes: ['standard'],
      formats: ['png'],
      prompt_max_chars: 1_000,
      retires_on: null,
      latency_hint_ms: { p50: 1_000, p95: 2_000 },
      quality: {},
      quality_default: 1,
      wire: {},
      as_of: '2026-11-22',
      sources: ['made up'],
    }),
    operation: 'generate',
    ruleId: `${provider}-rule`,
    priceVersion: 1,
    cost,
    worst,
    reason: null,
    quality: null,
    latencyMs: 2_000,
    waitMs: 0,
    breaker: 'closed',
    health: 1,
    score: 1,
    configured: true,
  }
}

function setUp(offers: Offer[] = [offer('a', 3n), offer('b', 4n), offer('c', 9n)]) {
  const state = { version: 1, now: Date.UTC(2026, 10, 22), priced: 0, offers, draws: 0 }
  const dice = [0.1, 0.9, 0.5, 0.2, 0.7]
  const planner = createPlanner({
    market: () => ({ version: state.version, floors: {}, now: state.now }),
    offers: () => {
      state.priced++
      return state.offers
    },
    policies: builtInPolicies,
    random: () => dice[state.draws++ % dice.length]!,
  })
  const waits = (ms: Record<string, number>) => ({ key: JSON.stringify(ms), of: (id: string) => ms[id] ?? 0 })
  return { state, planner, waits }
}

test('equal shapes are priced and planned once; other prompts of that length share the plan', () => {
  const { planner, state } = setUp()
  const first = planner.plan(asked, noWaits)
  const other = { ...asked, request: { ...request, prompt: 'a cat' }, dueMs: asked.dueMs - 1_000 }
  expect(planner.plan({ ...other, dueMs: asked.dueMs + 1_000 }, noWaits)).toBe(first)
  planner.plan(other, noWaits)
  expect(state.priced).toBe(1)
})

test('a change of the market, or a minute, makes plans anew', () => {
  const { planner, state } = setUp()
  planner.plan(asked, noWaits)
  state.version++
  expect(planner.plan(asked, noWaits).version).toBe(2)
  state.now += 61_000
  planner.plan(asked, noWaits)
  expect(state.priced).toBe(3)
})

test('waits change who is in time, without pricing again', () => {
  const { planner, state, waits } = setUp()
  const tight = { ...asked, dueMs: 60_000 }
  expect(planner.plan(tight, noWaits).routed.choice?.provider).toBe('a')
  expect(planner.plan(tight, waits({ a: 58_500 })).routed.choice?.provider).toBe('b')
  expect(state.priced).toBe(1)
})

test('plans that say the same have one digest, whatever the waits and the time left', () => {
  const { planner, state, waits } = setUp()
  const digest = planner.plan(asked, noWaits).digest
  expect(planner.plan(asked, waits({ a: 5_000 })).digest).toEqual(digest)
  expect(planner.plan({ ...asked, dueMs: 60_000 }, noWaits).digest).toEqual(digest)
  state.version++
  expect(planner.plan(asked, noWaits).digest).toEqual(digest)
})

test('another price, another choice or another exclusion is another digest', () => {
  const { planner, state, waits } = setUp()
  const digests = [planner.plan(asked, noWaits)]
  digests.push(planner.plan({ ...asked, dueMs: 60_000 }, waits({ a: 70_000 })))
  state.offers = [offer('a', 3n), offer('b', 4n), { ...offer('c', 9n), breaker: 'open' }]
  state.version++
  digests.push(planner.plan(asked, noWaits))
  state.offers = [offer('a', 2n), offer('b', 4n), offer('c', 9n)]
  state.version++
  digests.push(planner.plan(asked, noWaits))
  expect(new Set(digests.map(({ digest }) => digest.toString('hex'))).size).toBe(4)
})

test('drawn plans are drawn each time from the same offers, and equal choices share a digest', () => {
  const { planner, state } = setUp()
  const weighted = { ...asked, policy: 'weighted' }
  const plans = Array.from({ length: 30 }, () => planner.plan(weighted, noWaits))
  expect(plans.every(({ drawn }) => drawn)).toBe(true)
  const choices = new Set(plans.map(({ routed }) => routed.choice?.provider))
  expect(choices.size).toBeGreaterThan(1)
  expect(new Set(plans.map(({ digest }) => digest.toString('hex'))).size).toBe(choices.size)
  expect(state.priced).toBe(1)
})

test('displaced work is drawn anew each time as well', () => {
  const { planner } = setUp([{ ...offer('a', 3n), breaker: 'open' }, offer('b', 4n), offer('c', 5n)])
  const choices = Array.from({ length: 30 }, () => planner.plan(asked, noWaits).routed.choice?.provider)
  expect(new Set(choices)).toEqual(new Set(['b', 'c']))
})

test('a plan out of what was remembered is the plan that would be made from nothing', () => {
  const chance = seeded(11)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)]!
  for (let seed = 1; seed <= 300; seed++) {
    const offers = Array.from({ length: 8 }, (_, i) =>
      makeOffer(`p${i % 4}/m${i}`, {
        usd: pick(['0.01', '0.0101', '0.02', null]),
        latencyMs: pick([500, 1_000, 9_000]),
        breaker: pick(['closed', 'closed', 'open', 'half_open'] as const),
      }),
    )
    const remembering = createPlanner({
      market: () => ({ version: 1, floors: {}, now: 0 }),
      offers: () => offers,
      policies: builtInPolicies,
      random: seeded(seed),
    })
    const job = makeRoute({
      policy: pick(['cheapest', 'fastest', 'best']),
      latency: pick([null, { maxMs: 2_000, onMiss: 'run' as const }]),
      avoid: pick([[], ['p1', 'p2/m2']]),
      dueMs: pick([5_000, 20_000]),
    })
    remembering.plan({ ...job, dueMs: 86_400_000 }, noWaits)
    const waits = new Map(['p0', 'p1', 'p2', 'p3'].map((id) => [id, pick([0, 250, 8_000])]))
    const waiting = offers.map((one) => ({ ...one, waitMs: waits.get(one.spec.provider)! }))
    const anew = route(job, { offers: waiting, floors: {}, now: 0 }, builtInPolicies, () => 0.5)
    const { routed, drawn } = remembering.plan(job, { key: 'now', of: (id) => waits.get(id)! })
    if (!drawn) expect({ ...routed }).toEqual({ ...anew })
    else expect(routed.excluded).toEqual(anew.excluded)
  }
})

test('what nobody asks for again is forgotten, and made anew with the same digest', () => {
  const { planner, waits } = setUp()
  const first = planner.plan(asked, noWaits)
  for (let ms = 250; ms < 20_000; ms += 250) planner.plan(asked, waits({ a: ms }))
  expect(planner.plan(asked, noWaits)).not.toBe(first)
  expect(planner.plan(asked, noWaits).digest).toEqual(first.digest)
})

test('held is the ceiling, else the dearest at worst of the three cheapest', () => {
  const { planner } = setUp([offer('a', 3n, 8n), offer('b', 4n), offer('c', 5n, 6n), offer('d', 90n)])
  const { routed } = planner.plan(asked, noWaits)
  expect(holdOf(routed, null)).toBe(8n)
  expect(holdOf(routed, 20n)).toBe(20n)
  expect(holdOf({ ...routed, ranked: [] }, 20n)).toBeNull()
})
