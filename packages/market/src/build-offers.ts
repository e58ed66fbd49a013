import {
  type BatchTerms,
  type ContentType,
  type ImageRequest,
  type ModelHealth,
  type ModelSpec,
  modelKey,
  type Offer,
  type Priced,
  type PriceOf,
} from '@halftone/contracts'
import type { MarketView } from './market.ts'

/**
 * Every model as the market has it now, priced for one request; also those that cannot do it, so that an answer can
 * say why not. `waits` tells how long a new job would wait for a provider's pool, in ms. With `batch`, the batch tiers too.
 */
export function buildOffers(
  view: MarketView,
  priceOf: PriceOf,
  request: ImageRequest,
  plausible: readonly ContentType[],
  waits: (provider: string) => number,
  configured: ReadonlySet<string>,
  batch?: BatchTerms,
): Offer[] {
  return view.models.flatMap((spec) => {
    const quality = request.quality === 'auto' ? spec.default_quality : request.quality
    const health = view.health.get(modelKey(spec))
    const priced = spec.operations[request.operation] ? priceOf(spec, request, quality) : notOffered(request)
    const live: Offer = {
      ...priced,
      spec,
      quality,
      latencyMs: latencyOf(spec, health, request),
      waitMs: waits(spec.provider),
      breaker: health?.breaker ?? 'closed',
      ...(health?.reason === undefined ? {} : { breakerReason: health.reason }),
      ...(health?.throttled === undefined ? {} : { throttled: health.throttled }),
      ...staleness(view, spec),
      ...outOfWork(view, spec),
      health: health?.health ?? 1,
      ...measurement(view, spec),
      score: scoreOf(spec, plausible),
      configured: configured.has(spec.provider),
    }
    const lot = batch && batchOffer(live, request, priceOf, batch)
    return lot ? [live, lot] : [live]
  })
}

/** The same model, as a line of a lot. null: it has no batch tier. */
function batchOffer(
  live: Offer,
  request: ImageRequest,
  priceOf: PriceOf,
  { hourMs, reserveMs }: BatchTerms,
): Offer | null {
  const { spec, quality, cost } = live
  if (!spec.batch || !spec.operations[request.operation]) return null
  const priced = priceOf(spec, request, quality, true)
  const discounted = priced.cost !== null && cost !== null && priced.cost < cost
  const latencyMs = spec.batch.hours * hourMs + reserveMs
  return { ...live, ...priced, latencyMs, waitMs: 0, batch: { discounted } }
}

function notOffered({ operation }: ImageRequest): Priced {
  return { operation, ruleId: null, priceVersion: null, cost: null, worst: null, reason: 'it is not offered' }
}

function staleness({ staleProviders }: MarketView, { provider }: ModelSpec): Partial<Offer> {
  const pricesStaleSince = staleProviders?.get(provider)
  return pricesStaleSince === undefined ? {} : { pricesStaleSince }
}

function outOfWork({ pools }: MarketView, { provider }: ModelSpec): Partial<Offer> {
  const poolState = pools?.get(provider)
  return poolState === undefined ? {} : { poolState }
}

function measurement({ measured }: MarketView, spec: ModelSpec): Partial<Offer> {
  const known = measured?.get(modelKey(spec))
  return known === undefined ? {} : { measured: known }
}

/** What calls really took at this size, else at any, else the catalogue's word. */
function latencyOf(
  spec: ModelSpec,
  health: ModelHealth | undefined,
  { width, height }: ImageRequest,
): number {
  const observed = health?.latency_ms[`${width}x${height}`] ?? health?.latency_ms.any
  return observed?.p95 ?? spec.latency_hint_ms.p95
}

function scoreOf(spec: ModelSpec, plausible: readonly ContentType[]): number {
  if (plausible.length === 0) return spec.quality_default
  return Math.min(...plausible.map((label) => spec.quality[label] ?? spec.quality_default))
}
