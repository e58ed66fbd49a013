import type { ModelHealth, Priced, PriceOf } from '@halftone/contracts'
import { expect, test, vi } from 'vitest'
import { buildOffers } from './build-offers.ts'
import type { MarketView } from './market.ts'
import { makeSpec, request } from './testing/fakes.ts'

const priced: Priced = {
  operation: 'generate',
  ruleId: 'r',
  priceVersion: 1,
  cost: 3n,
  worst: 4n,
  reason: null,
}
const token = makeSpec({
  provider: 'openai',
  model: 'gpt',
  qualities: ['low', 'medium'],
  default_quality: 'medium',
})

function view(health: Partial<ModelHealth> = {}): MarketView {
  const known = {
    provider: 'replicate',
    model: 'flux',
    breaker: 'closed',
    health: 1,
    latency_ms: {},
    ...health,
  } as const
  return {
    version: 1,
    priceVersion: 1,
    pricesAsOf: 0,
    providers: new Map(),
    models: [makeSpec(), token],
    rules: new Map(),
    health: new Map([['replicate/flux', known]]),
    floors: {},
  }
}

const offersOf = (health: Partial<ModelHealth> = {}, asked = request, priceOf: PriceOf = () => priced) =>
  buildOffers(
    view(health),
    priceOf,
    asked,
    ['logo', 'portrait'],
    (provider) => provider.length,
    new Set(['openai']),
  )

test('an offer is price, pace, state and fitness of one model', () => {
  const [flux, gpt] = offersOf({ breaker: 'half_open', health: 0.4 })
  expect(flux).toMatchObject({
    cost: 3n,
    worst: 4n,
    breaker: 'half_open',
    health: 0.4,
    waitMs: 9,
    configured: false,
  })
  expect(gpt).toMatchObject({ breaker: 'closed', health: 1, configured: true })
  expect(flux?.score).toBe(0.3)
})

test('auto is priced at the quality that will be sent', () => {
  const priceOf = vi.fn<PriceOf>(() => priced)
  expect(offersOf({}, request, priceOf).map(({ quality }) => quality)).toEqual([null, 'medium'])
  expect(offersOf({}, { ...request, quality: 'low' }, priceOf)[1]?.quality).toBe('low')
  expect(priceOf.mock.calls.map(([, , quality]) => quality)).toEqual([null, 'medium', 'low', 'low'])
})

test('latency is what this size really took, else any size, else the hint', () => {
  const any = { p50: 1, p95: 1_500 }
  expect(offersOf({ latency_ms: { '1024x1024': { p50: 1, p95: 900 }, any } })[0]?.latencyMs).toBe(900)
  expect(offersOf({ latency_ms: { '512x512': { p50: 1, p95: 900 }, any } })[0]?.latencyMs).toBe(1_500)
  expect(offersOf()[0]?.latencyMs).toBe(2_000)
})

test('an offer by prices that are too old says since when', () => {
  const staleProviders = new Map([['openai', 5]])
  const offers = buildOffers(
    { ...view(), staleProviders },
    () => priced,
    request,
    [],
    () => 0,
    new Set(),
  )
  expect(offers.map(({ pricesStaleSince }) => pricesStaleSince)).toEqual([undefined, 5])
})

test('a model without the operation is an offer without a price, so that it can be said why', () => {
  const priceOf = vi.fn<PriceOf>(() => priced)
  expect(offersOf({}, { ...request, operation: 'edit' }, priceOf).map(({ cost }) => cost)).toEqual([
    null,
    null,
  ])
  expect(priceOf).not.toHaveBeenCalled()
})
