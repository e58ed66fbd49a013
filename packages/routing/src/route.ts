import { AppError, type Candidate, type Offer, poolOf, type Random } from '@halftone/contracts'
import { affinityOf } from './affinity.ts'
import { lazyPlan } from './lazy-plan.ts'
import { fastest, weighted, weightOf } from './policies.ts'
import { drawUp, type Entry, isAiling, once, type Slate } from './slate.ts'
import { summaryOf } from './summary.ts'
import { behind, type Now, type Timely, timely, turnedAway } from './timely.ts'
import type { Routed, RouteMarket, RoutePolicy, RouteRequest } from './types.ts'

type Policies = Readonly<Record<string, RoutePolicy>>

/**
 * Chooses who does a job, and says why. Pure: market and chance are handed in. `choice` is null when nobody may do it
 * now. Throws `invalid_request` for a policy that does not exist.
 */
export function route(
  request: RouteRequest,
  market: RouteMarket,
  policies: Policies,
  random: Random,
): Routed {
  const now = { dueMs: request.dueMs, waitOf: ({ waitMs }: Offer) => waitMs }
  return choose(drawUp(request, market), now, policies, random).routed
}

export interface Chosen {
  routed: Routed
  /** Equal for plans of one slate that say the same, but for expected times and the order of what was drawn. */
  outcome: string
}

const rebalance = weighted(1)

/** Only the choice is made at once; the order behind it, the reasons and the words are made when they are read. */
export function choose(slate: Slate, now: Now, policies: Policies, random: Random): Chosen {
  const { request } = slate
  const policy = policyOf(request.policy, policies)
  const { pool, late, latencyMissed } = timely(slate, now)
  // everyone who can do it has failed it once: asked again, rather than left to starve until the deadline
  if (pool.length === 0 && request.avoid.length > 0) {
    const { routed, outcome } = choose(slate.forgiving(), now, policies, random)
    return { routed, outcome: `forgiven ${outcome}` }
  }
  const context = { route: { ...request, dueMs: now.dueMs }, healthOf: healthIn(slate), random }
  const order = (by: RoutePolicy, all: Candidate[]) => Iterator.from(by(all, context))
  const favourite = latencyMissed
    ? null
    : ailingFavourite(slate, now, pool, (all) => order(policy, all).next().value)
  const inOrder = order(latencyMissed ? fastest : favourite ? rebalance : policy, pool)

  const choice: Candidate | null = inOrder.next().value ?? null
  const others = once(() => turnedAway(slate, now, late))
  const routed: Routed = lazyPlan(
    { choice, policy: request.policy, latencyMissed },
    {
      ranked: once(() => (choice ? [choice, ...inOrder] : [])),
      excluded: once(() => others().map(({ candidate }) => candidate)),
      affinity: once(() => affinityOf(slate, routed.ranked)),
      summary: once(() => summaryOf(routed, slate, { favourite, shareOf: shareIn(slate, routed) }, others())),
    },
  )
  return { routed, outcome: outcomeOf(choice, latencyMissed, late) }
}

function policyOf(name: string, policies: Policies): RoutePolicy {
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined
  if (policy) return policy
  throw new AppError('invalid_request', `There is no routing policy "${name}"`, {
    field: '/routing/policy',
    next: `Use one of ${Object.keys(policies).join(', ')}`,
  })
}

/**
 * The one that would have won, were it well: it is out (breaker, already failed this job) or ailing. Its work is
 * spread by cost efficiency over what remains, under every policy, so that an outage never sends all of it to one.
 */
function ailingFavourite(
  slate: Slate,
  { waitOf }: Now,
  pool: readonly Candidate[],
  best: (candidates: Candidate[]) => Candidate | undefined,
): Entry | null {
  if (pool.length === 0 || !slate.troubled) return null
  const out = slate.displaced.map((entry) => behind(entry, waitOf(entry.offer)))
  const favourite = best([...pool, ...out])
  const entry = favourite && slate.entryOf(favourite)
  return entry && (entry.exclusion !== null || isAiling(entry.offer)) ? entry : null
}

function healthIn(slate: Slate): (candidate: Candidate) => number {
  return (candidate) => {
    const offer = slate.entryOf(candidate)?.offer
    return !offer || offer.breaker === 'half_open' ? 1 : offer.health * (1 - (offer.throttled ?? 0))
  }
}

/** The chance that a candidate had, were it drawn by health and cost from all that are ranked. */
function shareIn(slate: Slate, { ranked }: Routed): (candidate: Candidate) => number {
  const healthOf = healthIn(slate)
  const weight = (candidate: Candidate) =>
    weightOf(candidate, healthOf(candidate), slate.request.compareBy, 1)
  const total = ranked.reduce((sum, candidate) => sum + weight(candidate), 0)
  return (candidate) => weight(candidate) / total
}

function outcomeOf(choice: Candidate | null, latencyMissed: boolean, late: Timely['late']): string {
  const name = (candidate: Candidate) => `${poolOf(candidate)}/${candidate.model}`
  let outcome = `${choice && name(choice)}${latencyMissed ? ' late' : ''}`
  for (const [{ candidate }, lateness] of late) outcome += ` ${name(candidate)} ${lateness}`
  return outcome
}
