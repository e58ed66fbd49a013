import { createHash } from 'node:crypto'
import {
  type Candidate,
  type ContentType,
  type ImageRequest,
  modelKey,
  type Nano,
  type Offer,
  poolOf,
  type Random,
} from '@halftone/contracts'
import { createRecent, type Recent } from './recent.ts'
import { type Chosen, choose } from './route.ts'
import { shapeKey } from './shape-key.ts'
import { drawUp, type Slate } from './slate.ts'
import type { Routed, RouteMarket, RoutePolicy, RouteRequest } from './types.ts'

/** How long a new job would wait for each provider's pool now, in ms: a snapshot. Equal keys mean equal waits. */
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
  /** Shapes to remember. */
  shapesMax?: number
}

/** What jobs of one shape have in common. */
interface Shape {
  key: string
  slate: Slate
  /** By what differs: time left and waits. */
  plans: Recent<Planned>
  /** By outcome. */
  digests: Recent<Buffer>
}

/**
 * Plans jobs, remembering what equal shapes have in common: their priced and weighed offers, and the plan itself where
 * chance had no part in it. A change of the market drops everything.
 */
export function createPlanner(options: PlannerOptions): Planner {
  const { policies, random, shapesMax = 1_000 } = options
  let shapes = createRecent<Shape>(shapesMax)
  let version = -1
  let since = 0

  const shapeOf = (request: RouteRequest, market: Omit<RouteMarket, 'offers'>): Shape => {
    const key = shapeKey({ ...request, dueMs: 0 })
    const known = shapes.get(key)
    if (known) return known
    const offers = options.offers(request.request, request.plausible, () => 0)
    const slate = drawUp(request, { ...market, offers })
    return shapes.set(key, { key, slate, plans: createRecent(plansMax), digests: createRecent(outcomesMax) })
  }
  const digestIn = ({ key, digests }: Shape, { outcome, routed }: Chosen) =>
    digests.get(outcome) ?? digests.set(outcome, digestOf(key, routed))

  return {
    plan(request, waits) {
      const market = options.market()
      if (market.version !== version || market.now - since > keptMs) {
        shapes = createRecent(shapesMax)
        version = market.version
        since = market.now
      }
      const shape = shapeOf(request, market)
      const dueMs = dueStep(request.dueMs)
      const key = `${dueMs}|${waits.key}`
      const known = shape.plans.get(key)
      if (known) return known

      let drawn = false
      const draw = () => {
        drawn = true
        return random()
      }
      const now = { dueMs, waitOf: ({ spec, batch }: Offer) => (batch ? 0 : waits.of(spec.provider)) }
      const chosen = choose(shape.slate, now, policies, draw)
      const planned = { digest: digestIn(shape, chosen), routed: chosen.routed, version, drawn }
      return drawn ? planned : shape.plans.set(key, planned)
    },
  }
}

/**
 * What must be held for a job: the caller's ceiling, else the dearest, at worst case, of the three cheapest that may
 * do it; at the live tier if anybody may do it there, since a late lot's jobs return to it. null: nobody may.
 */
export function holdOf(routed: Routed, ceiling: Nano | null): Nano | null {
  if (routed.ranked.length === 0) return null
  if (ceiling !== null) return ceiling
  const live = routed.ranked.filter(({ batch }) => !batch)
  const cheapest = (live.length > 0 ? live : routed.ranked)
    .toSorted((a, b) => Number((a.cost_nano ?? 0n) - (b.cost_nano ?? 0n)))
    .slice(0, 3)
  return cheapest.reduce(
    (most, { worst_nano }) => (worst_nano !== null && worst_nano > most ? worst_nano : most),
    0n,
  )
}

/** To remember per shape. Waits move all the time: a plan that was not asked for again soon never will be. */
const plansMax = 32
const outcomesMax = 256

/** Models retire and prices run out by the clock alone, without any news. */
const keptMs = 60_000

/** Rounds the time left down, coarser the more there is, so that jobs of one bulk share a plan. */
function dueStep(dueMs: number): number {
  const seconds = dueMs / 1_000
  const step = seconds < 20 ? 0.5 : seconds < 600 ? 5 : seconds < 7_200 ? 60 : 1_800
  return Math.max(0, Math.floor(seconds / step) * step * 1_000)
}

/** Reasons count without their figures: "about 95 s of queue" and "about 96 s of queue" are one plan. */
function digestOf(
  shape: string,
  { choice, ranked, excluded, policy, latencyMissed, affinity }: Routed,
): Buffer {
  const name = (candidate: Candidate) => `${poolOf(candidate)}/${candidate.model}`
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
    affinity && [affinity.floor, affinity.all_rounder && modelKey(affinity.all_rounder)],
    figures.map((figure) => figure.join()).sort(),
  ]
  return createHash('sha256').update(JSON.stringify(said)).digest()
}
