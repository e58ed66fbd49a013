import {
  type Affinity,
  type Candidate,
  type ContentType,
  contentTypes,
  type Measured,
  type ModelSpec,
  type Offer,
} from '@halftone/contracts'
import type { Slate } from './slate.ts'
import type { RouteMarket, RouteRequest } from './types.ts'

/** The least quality accepted for a content type: the project's own word, else everybody's. */
function floorOf(
  label: ContentType,
  { floors }: Pick<RouteRequest, 'floors'>,
  market: Pick<RouteMarket, 'floors'>,
): number {
  return floors?.[label] ?? market.floors[label] ?? 0
}

function qualityOf(spec: ModelSpec, label: ContentType): number {
  return spec.quality[label] ?? spec.quality_default
}

/** Why a model's pictures are not good enough for what they may be of; null if they are. */
export function tooBadFor(
  { spec, measured, score }: Offer,
  route: RouteRequest,
  market: Pick<RouteMarket, 'floors'>,
): string | null {
  if (route.qualityFloor !== null) {
    const below = score < route.qualityFloor
    return below ? `quality ${score} is below the floor ${route.qualityFloor} of the request` : null
  }
  // who names a model has decided for himself what is good enough
  if (route.model !== null) return null
  for (const label of route.plausible) {
    const [quality, floor] = [qualityOf(spec, label), floorOf(label, route, market)]
    if (quality < floor)
      return `quality ${quality} for ${label} is below the floor ${floor}${inWords(measured?.[label])}`
  }
  return null
}

function inWords(measured: Measured | undefined): string {
  if (!measured) return ''
  return ` (measured by ${measured.methods.join(' and ')}, n ${measured.n}, on ${measured.at.slice(0, 10)})`
}

/**
 * What the content type had to do with the choice: the floor that it set, and who would do the job if pictures were all
 * alike, so that whoever is chosen must be good enough at everything. null where no floor of a type applies.
 */
export function affinityOf(slate: Slate, ranked: readonly Candidate[]): Affinity | null {
  const { request, floors } = slate
  if (request.plausible.length === 0 || request.qualityFloor !== null || request.model !== null) return null
  const allRounder = cheapest(ranked.filter((candidate) => isGoodAtAll(candidate, slate)))
  return {
    labels: request.plausible,
    floor: Math.max(...request.plausible.map((label) => floorOf(label, request, { floors }))),
    all_rounder: allRounder && {
      provider: allRounder.provider,
      model: allRounder.model,
      cost_nano: allRounder.cost_nano ?? 0n,
    },
  }
}

function isGoodAtAll(candidate: Candidate, slate: Slate): boolean {
  const spec = slate.entryOf(candidate)?.offer.spec
  return (
    spec !== undefined &&
    contentTypes.every((label) => qualityOf(spec, label) >= floorOf(label, slate.request, slate))
  )
}

function cheapest(candidates: readonly Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>(
    (best, one) => (best === null || (one.cost_nano ?? 0n) < (best.cost_nano ?? 0n) ? one : best),
    null,
  )
}
