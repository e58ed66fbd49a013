import { modelKey, type ProviderSpec } from '@halftone/contracts'
import { type AccountState, burstOf, perSecondOf } from '@halftone/limits'
import type { MarketView } from '@halftone/market'

export type PoolLimits = ProviderSpec['limits']

/** How fast a pool gets through jobs now. */
export interface PoolRate {
  concurrent: number
  /** Calls that may start at once after a pause. */
  burst: number
  perSecond: number
  /** Nobody calls before. */
  stoppedMs: number
  /** What a call takes: observed, else the catalogue's hint. */
  p50Ms: number
  p95Ms: number
}

const well: AccountState = { stoppedMs: 0, share: 1 }
/** Of a pool without models: nothing is ever planned for it. */
const unknownMs = 3_000
/** Calls take longer on average than in the middle case; without this slack slow ones would leave places idle. */
const slack = 1.25
/** Tickets ready in the queue beyond those being worked on: as many as start within this, which is one lost hint. */
const readyMs = 500

export function poolRate(
  limits: PoolLimits,
  view: Pick<MarketView, 'models' | 'health'>,
  pool: string,
  { stoppedMs, share }: AccountState = well,
): PoolRate {
  const models = view.models.filter((model) => model.provider === pool)
  const observed = models.flatMap((model) => view.health.get(modelKey(model))?.latency_ms.any ?? [])
  const latencies = observed.length > 0 ? observed : models.map((model) => model.latency_hint_ms)
  const p50Ms = mean(latencies.map(({ p50 }) => p50))
  const allowed = {
    requestsPerMinute: limits.requests_per_minute,
    imagesPerMinute: limits.images_per_minute,
  }
  return {
    concurrent: limits.concurrent,
    burst: share < 1 ? 1 : burstOf(allowed),
    perSecond: Math.min(perSecondOf(allowed) * share, limits.concurrent / (p50Ms / 1_000)),
    stoppedMs,
    p50Ms,
    p95Ms: mean(latencies.map(({ p95 }) => p95)),
  }
}

/** Of all pools that the operator has not taken out of work. */
export function poolRates(
  limits: ReadonlyMap<string, PoolLimits>,
  view: Pick<MarketView, 'models' | 'health' | 'pools'>,
  stateOf: (pool: string) => AccountState,
): Map<string, PoolRate> {
  const working = [...limits].filter(([pool]) => !view.pools?.has(pool))
  return new Map(working.map(([pool, own]) => [pool, poolRate(own, view, pool, stateOf(pool))]))
}

/**
 * How many tickets a pool's queue may hold now. None while its account is stopped: whoever waits there could be
 * planned elsewhere.
 */
export function ticketsMax(rate: PoolRate): number {
  return rate.stoppedMs > readyMs ? 0 : watermark(rate)
}

/**
 * The most tickets a pool's queue holds, running ones included: enough to keep its workers busy between two feeds,
 * and so few that a small tenant, whose jobs come behind them, loses less than the time of a call.
 */
export function watermark({ concurrent, perSecond, p50Ms }: PoolRate): number {
  const busy = Math.min(concurrent, (slack * perSecond * p50Ms) / 1_000)
  const ready = Math.min(concurrent, (perSecond * readyMs) / 1_000)
  return Math.ceil(busy) + Math.ceil(ready)
}

function mean(values: number[]): number {
  if (values.length === 0) return unknownMs
  return Math.max(1, values.reduce((sum, value) => sum + value, 0) / values.length)
}
