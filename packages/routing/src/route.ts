import { AppError, type Candidate, type Offer, type Random } from '@halftone/contracts'
import { type Exclusion, exclusionOf } from './exclusion.ts'
import { builtInPolicies, weighted } from './policies.ts'
import { summaryOf } from './summary.ts'
import type { Routed, RouteMarket, RoutePolicy, RouteRequest } from './types.ts'

/** One offer with its candidate, and what speaks against it. */
export interface Weighed {
  offer: Offer
  candidate: Candidate
  exclusion: Exclusion | null
}

/** While a breaker is half open only a probe or two should go there. */
const halfOpenHealth = 0.1
/** Below this share of good outcomes a candidate is taken as out for now, though its breaker has not tripped. */
const soundHealth = 0.5

const rebalance = weighted(1)

/**
 * Chooses who does a job, and says why. Pure: market and chance are handed in. `choice` is null when nobody may do it
 * now. Throws `invalid_request` for a policy that does not exist.
 */
export function route(
  request: RouteRequest,
  market: RouteMarket,
  policies: Readonly<Record<string, RoutePolicy>>,
  random: Random,
): Routed {
  const policy = policyOf(request.policy, policies)
  const weighed = market.offers.map((offer) => weigh(offer, request, market))
  const context = { route: request, healthOf: healthIn(weighed), random }

  const { pool, latencyMissed } = poolOf(weighed, request)
  // everyone who can do it has failed it once: asked again, rather than left to starve until the deadline
  if (pool.length === 0 && request.avoid.length > 0)
    return route({ ...request, avoid: [] }, market, policies, random)
  const chooser = latencyMissed ? policyOf('fastest', builtInPolicies) : policy
  const favourite = latencyMissed ? null : ailingFavourite(weighed, pool, (all) => chooser(all, context))
  const ranked = (favourite ? rebalance : chooser)(pool, context)

  const excluded = weighed.filter(({ candidate }) => !candidate.eligible).map(({ candidate }) => candidate)
  const plan = { choice: ranked[0] ?? null, ranked, excluded, policy: request.policy, latencyMissed }
  return { ...plan, summary: summaryOf(plan, request, weighed, favourite) }
}

function policyOf(name: string, policies: Readonly<Record<string, RoutePolicy>>): RoutePolicy {
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined
  if (policy) return policy
  throw new AppError('invalid_request', `There is no routing policy "${name}"`, {
    field: '/routing/policy',
    next: `Use one of ${Object.keys(policies).join(', ')}`,
  })
}

function weigh(offer: Offer, route: RouteRequest, market: RouteMarket): Weighed {
  const exclusion = exclusionOf(offer, route, market)
  const { spec } = offer
  return {
    offer,
    exclusion,
    candidate: {
      provider: spec.provider,
      model: spec.model,
      operation: offer.operation,
      quality_asked: offer.quality,
      rule_id: offer.ruleId,
      price_version: offer.priceVersion,
      cost_nano: offer.cost,
      worst_nano: offer.worst,
      expected_ms: Math.round(offer.latencyMs + offer.waitMs),
      quality: offer.score,
      steps: spec.steps && (route.request.steps ?? spec.steps.default),
      batch: false,
      eligible: exclusion === null,
      reason: exclusion?.reason ?? null,
    },
  }
}

/** The eligible; or, where none of them can meet the latency under this load and the caller wants it done, the late. */
function poolOf(
  weighed: Weighed[],
  { latency }: RouteRequest,
): { pool: Candidate[]; latencyMissed: boolean } {
  const pool = weighed.filter(({ exclusion }) => exclusion === null).map(({ candidate }) => candidate)
  if (pool.length > 0 || latency?.onMiss !== 'run') return { pool, latencyMissed: false }
  const late = weighed.filter(({ exclusion }) => exclusion?.kind === 'late').map(({ candidate }) => candidate)
  for (const candidate of late) {
    candidate.eligible = true
    candidate.reason = null
  }
  return { pool: late, latencyMissed: late.length > 0 }
}

/**
 * The candidate that would have won, were it well: it is out (breaker, already failed this job) or ailing. Its work is
 * spread by cost efficiency over what remains, under every policy, so that an outage never sends all of it to one.
 */
function ailingFavourite(
  weighed: Weighed[],
  pool: Candidate[],
  order: (candidates: Candidate[]) => Candidate[],
): Weighed | null {
  const out = weighed.filter(({ exclusion }) => exclusion?.kind === 'displaced')
  const troubled =
    out.length > 0 || weighed.some(({ offer, exclusion }) => exclusion === null && isAiling(offer))
  if (pool.length === 0 || !troubled) return null
  const favourite = order([...pool, ...out.map(({ candidate }) => candidate)])[0]
  const found = weighed.find(({ candidate }) => candidate === favourite)
  return found && (found.exclusion !== null || isAiling(found.offer)) ? found : null
}

function isAiling({ breaker, health }: Offer): boolean {
  return breaker === 'half_open' || health < soundHealth
}

function healthIn(weighed: Weighed[]): (candidate: Candidate) => number {
  let offers: Map<Candidate, Offer> | null = null
  return (candidate) => {
    offers ??= new Map(weighed.map((one) => [one.candidate, one.offer]))
    const offer = offers.get(candidate)
    if (!offer) return 1
    return offer.breaker === 'half_open' ? Math.min(offer.health, halfOpenHealth) : offer.health
  }
}
