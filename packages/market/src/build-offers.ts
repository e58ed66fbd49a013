import {
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
 * say why not. `waits` tells how long a new job would wait for a provider's pool, in ms.
 */
export function buildOffers(
  view: MarketView,
  priceOf: PriceOf,
  request: ImageRequest,
  plausible: readonly ContentType[],
  waits: (provider: string) => number,
  configured: ReadonlySet<string>,
): Offer[] {
  return view.models.map((spec) => {
    const quality = request.quality === 'auto' ? spec.default_quality : request.quality
    const health = view.health.get(modelKey(spec))
    const priced = spec.operations[request.operation] ? priceOf(spec, request, quality) : notOffered(request)
    return {
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
  })
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
