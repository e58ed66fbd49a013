import { createHash } from 'node:crypto'
import type { Candidate, ContentType, ImageRequest, Nano, Offer, Random } from '@halftone/contracts'
import { route } from './route.ts'
import { shapeKey } from './shape-key.ts'
import type { Routed, RouteMarket, RoutePolicy, RouteRequest } from './types.ts'

/** How long a new job would wait for each provider's pool now, in ms. Equal keys mean equal waits. */
export interface Waits {
  key: string
  of(provider: string): number
}

export const noWaits: Waits = { key: '', of: () => 0 }

export interface Planned {
  /**
   * Equal for plans that say the same of the same shape, so that each is stored once. Waits and expected times are
   * left out of it: they move with every job, and the first plan of a kind speaks for the others.
   */
  digest: Buffer
  routed: Routed
  /** The market's version that it was made with. */
  version: number
  /** Chance had a part in it: the next plan of this shape may differ. */
  drawn: boolean
}

export interface Planner {
  plan(request: RouteRequest, waits: Waits): Planned
}

export interface PlannerOptions {
  market(): { version: number } & Pick<RouteMarket, 'floors' | 'now'>
  /** Prices the request at every model. Called once per shape and market version, without waits. */
  offers(
    request: ImageRequest,
    plausible: readonly ContentType[],
    waits: (provider: string) => number,
  ): readonly Offer[]
  policies: Readonly<Record<string, RoutePolicy>>
  random: Random
  /** Kept plans at most; beyond that all are dropped and made anew. */
  keptMax?: number
}

/**
 * Plans jobs, remembering what equal shapes have in common: their priced offers, and the plan itself where chance
 * had no part in it. A change of the market drops everything.
 */
export function createPlanner(options: PlannerOptions): Planner {
  const { policies, random, keptMax = 20_000 } = options
  const offersByShape = new Map<string, readonly Offer[]>()
  const plans = new Map<string, Planned>()
  let version = -1
  let since = 0

  const keep = <T>(kept: Map<string, T>, key: string, value: T): T => {
    if (kept.size >= keptMax) kept.clear()
    kept.set(key, value)
    return value
  }
  return {
    plan(request, waits) {
      const market = options.market()
      if (market.version !== version || market.now - since > keptMs) {
        offersByShape.clear()
        plans.clear()
        version = market.version
        since = market.now
      }
      const asked = { ...request, dueMs: dueStep(request.dueMs) }
      const shape = shapeKey({ ...asked, dueMs: 0 })
      const key = `${shape}|${asked.dueMs}|${waits.key}`
      const known = plans.get(key)
      if (known) return known

      const priced =
        offersByShape.get(shape) ??
        keep(
          offersByShape,
          shape,
          options.offers(request.request, request.plausible, () => 0),
        )
      const offers = priced.map((offer) => ({ ...offer, waitMs: waits.of(offer.spec.provider) }))
      let drawn = false
      const draw = () => {
        drawn = true
        return random()
      }
      const routed = route(asked, { offers, floors: market.floors, now: market.now }, policies, draw)
      const planned = { digest: digestOf(shape, routed), routed, version, drawn }
      return drawn ? planned : keep(plans, key, planned)
    },
  }
}

/**
 * What must be held for a job: the caller's ceiling, else the dearest, at worst case, of the three cheapest that may
 * do it. null: nobody may.
 */
export function holdOf(routed: Routed, ceiling: Nano | null): Nano | null {
  if (routed.ranked.length === 0) return null
  if (ceiling !== null) return ceiling
  const cheapest = routed.ranked
    .toSorted((a, b) => Number((a.cost_nano ?? 0n) - (b.cost_nano ?? 0n)))
    .slice(0, 3)
  return cheapest.reduce(
    (most, { worst_nano }) => (worst_nano !== null && worst_nano > most ? worst_nano : most),
    0n,
  )
}

/** Models retire and prices run out by the clock alone, without any news. */
const keptMs = 60_000

/** Rounds the time left down, coarser the more there is, so that jobs of one bulk share a plan. */
function dueStep(dueMs: number): number {
  const seconds = dueMs / 1_000
  const step = seconds < 20 ? 0.5 : seconds < 600 ? 5 : seconds < 7_200 ? 60 : 1_800
  return Math.max(0, Math.floor(seconds / step) * step * 1_000)
}

/** Reasons count without their figures: "about 95 s of queue" and "about 96 s of queue" are one plan. */
function digestOf(shape: string, { choice, ranked, excluded, policy, latencyMissed }: Routed): Buffer {
  const name = ({ provider, model }: Candidate) => `${provider}/${model}`
  const figures = [...ranked, ...excluded].map((candidate) => [
    name(candidate),
    candidate.operation,
    candidate.quality_asked,
    candidate.rule_id,
    candidate.price_version,
    String(candidate.cost_nano),
    String(candidate.worst_nano),
    candidate.quality,
    candidate.batch,
    candidate.eligible,
    candidate.reason?.replace(/[\d.]+/g, '#'),
  ])
  // the order of drawn plans differs from draw to draw; the choice alone tells them apart
  const said = [
    shape,
    choice && name(choice),
    policy,
    latencyMissed,
    figures.map((figure) => figure.join()).sort(),
  ]
  return createHash('sha256').update(JSON.stringify(said)).digest()
}
