import type { Candidate } from '@halftone/contracts'
import type { RoutePolicy, RouteRequest } from './types.ts'

type CompareBy = RouteRequest['compareBy']

/**
 * The cost that candidates are ordered by. All make the same picture, so per image and per megapixel give one order;
 * per step only where steps are known, else per megapixel. A float will do: nothing is paid by it.
 */
function comparable({ cost_nano, steps }: Candidate, compareBy: CompareBy): number {
  const cost = Number(cost_nano ?? 0n)
  return compareBy === 'megapixel_step' && steps ? cost / steps : cost
}

interface Compared {
  candidate: Candidate
  cost: number
}

/** With the cost at hand: sorting asks for it again and again. */
function compared(eligible: readonly Candidate[], compareBy: CompareBy): Compared[] {
  return eligible.map((candidate) => ({ candidate, cost: comparable(candidate, compareBy) }))
}

function byCost(a: Compared, b: Compared): number {
  return a.cost - b.cost || byTime(a, b)
}

function byTime(a: Compared, b: Compared): number {
  return a.candidate.expected_ms - b.candidate.expected_ms
}

const nearTie = 1.02

/** Cheapest first; among those within 2 % of the cheapest that is left, the quickest. */
const cheapest: RoutePolicy = (eligible, { route }) => {
  const ranked = compared(eligible, route.compareBy).sort(byCost)
  for (let start = 0, end = 0; start < ranked.length; start = end) {
    const bound = ranked[start]!.cost * nearTie
    end = start + 1
    while (end < ranked.length && ranked[end]!.cost <= bound) end++
    if (end - start > 1) ranked.splice(start, end - start, ...ranked.slice(start, end).sort(byTime))
  }
  return ranked.map(({ candidate }) => candidate)
}

/** Least weight of a candidate's health, so that one that is down to nothing still has its place at the end. */
const leastHealth = 0.001

/**
 * A full order drawn without replacement, each place with probability ∝ health × (1/cost)^gamma of what is left
 * (exponential clocks: the smallest of −ln(u)/weight goes first).
 */
export function weighted(gamma: number): RoutePolicy {
  return (eligible, { route, healthOf, random }) =>
    compared(eligible, route.compareBy)
      .map(({ candidate, cost }) => {
        const weight = Math.max(leastHealth, healthOf(candidate)) * Math.max(1, cost) ** -gamma
        return { candidate, rings: -Math.log(1 - random()) / weight }
      })
      .sort((a, b) => a.rings - b.rings)
      .map(({ candidate }) => candidate)
}

const fastest: RoutePolicy = (eligible, { route }) =>
  compared(eligible, route.compareBy)
    .sort((a, b) => byTime(a, b) || a.cost - b.cost)
    .map(({ candidate }) => candidate)

const best: RoutePolicy = (eligible, { route }) =>
  compared(eligible, route.compareBy)
    .sort((a, b) => b.candidate.quality - a.candidate.quality || byCost(a, b))
    .map(({ candidate }) => candidate)

export const builtInPolicies: Readonly<Record<string, RoutePolicy>> = {
  cheapest,
  weighted: weighted(1),
  fastest,
  best,
}
