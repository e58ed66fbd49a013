import { type Candidate, type Floors, type Offer, poolOf } from '@halftone/contracts'
import { type Exclusion, exclusionOf } from './exclusion.ts'
import type { RouteMarket, RouteRequest } from './types.ts'

/** One offer with its candidate as it is without a queue, and what speaks against it. */
export interface Entry {
  offer: Offer
  candidate: Candidate
  exclusion: Exclusion | null
}

/**
 * All that can be said of one request's offers before queues, time left and chance are known. Drawn up once, it serves
 * every job of its shape for as long as the market stays as it is.
 */
export interface Slate {
  request: RouteRequest
  /** The market's. */
  floors: Floors
  /** In the order of the offers. */
  entries: readonly Entry[]
  /** Only time can speak against these. */
  fit: readonly Entry[]
  /** These could do it, were they not out for now. */
  displaced: readonly Entry[]
  /** Somebody who could do it is out or ailing. */
  troubled: boolean
  entryOf(candidate: Candidate): Entry | undefined
  /** The same as if nobody had failed this job yet. */
  forgiving(): Slate
}

export function drawUp(request: RouteRequest, market: RouteMarket): Slate {
  const entries = market.offers.map((offer) => enter(offer, request, market))
  const fit = entries.filter(({ exclusion }) => exclusion === null)
  const displaced = entries.filter(({ exclusion }) => exclusion?.kind === 'displaced')
  const byModel = once(() => indexed(entries))
  return {
    request,
    floors: market.floors,
    entries,
    fit,
    displaced,
    troubled: displaced.length > 0 || fit.some(({ offer }) => isAiling(offer)),
    entryOf: ({ provider, model, batch }) => byModel().get(poolOf({ provider, batch }))?.get(model),
    forgiving: once(() => drawUp({ ...request, avoid: [] }, market)),
  }
}

/** Below this share of good outcomes a candidate is taken as out for now, though its breaker has not tripped. */
const soundHealth = 0.5

export function isAiling({ breaker, health }: Offer): boolean {
  // one that is half open and not excluded is to be probed: its past does not count
  return breaker !== 'half_open' && health < soundHealth
}

/** Makes it when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function enter(offer: Offer, route: RouteRequest, market: RouteMarket): Entry {
  const exclusion = exclusionOf(offer, route, market)
  const { spec } = offer
  const candidate = {
    provider: spec.provider,
    model: spec.model,
    operation: offer.operation,
    quality_asked: offer.quality,
    rule_id: offer.ruleId,
    price_version: offer.priceVersion,
    cost_nano: offer.cost,
    worst_nano: offer.worst,
    expected_ms: Math.round(offer.latencyMs),
    quality: offer.score,
    steps: spec.steps && (route.request.steps ?? spec.steps.default),
    batch: offer.batch !== undefined,
    eligible: exclusion === null,
    reason: exclusion?.reason ?? null,
  }
  return { offer, candidate, exclusion }
}

function indexed(entries: readonly Entry[]): Map<string, Map<string, Entry>> {
  const byModel = new Map<string, Map<string, Entry>>()
  for (const entry of entries) {
    const { model } = entry.candidate
    const pool = poolOf(entry.candidate)
    const models = byModel.get(pool) ?? new Map<string, Entry>()
    byModel.set(pool, models.set(model, entry))
  }
  return byModel
}
