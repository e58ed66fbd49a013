import type { Candidate } from '@halftone/contracts'
import type { PolicyContext, RoutePolicy, RouteRequest } from './types.ts'

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

/** With the cost at hand: ordering asks for it again and again. */
function compared(eligible: readonly Candidate[], compareBy: CompareBy): Compared[] {
  return eligible.map((candidate) => ({ candidate, cost: comparable(candidate, compareBy) }))
}

type Compare<T> = (a: T, b: T) => number

const byTime: Compare<Compared> = (a, b) =>
  a.candidate.expected_ms - b.candidate.expected_ms || a.cost - b.cost
const byQuality: Compare<Compared> = (a, b) =>
  b.candidate.quality - a.candidate.quality || a.cost - b.cost || byTime(a, b)

/** The first is found in one pass; the rest is sorted only if somebody wants more than the first. */
function* inOrder<T extends { candidate: Candidate }>(all: T[], compare: Compare<T>): Generator<Candidate> {
  let first = all[0]
  if (first === undefined) return
  for (const one of all) if (compare(one, first) < 0) first = one
  yield first.candidate
  for (const { candidate } of all.sort(compare).slice(1)) yield candidate
}

const nearTie = 1.02

/** Cheapest first; among those within 2 % of the cheapest that is left, the quickest. */
function* cheapest(eligible: readonly Candidate[], { route }: PolicyContext): Generator<Candidate> {
  let left = compared(eligible, route.compareBy)
  while (left.length > 0) {
    const bound = left.reduce((least, { cost }) => Math.min(least, cost), Number.POSITIVE_INFINITY) * nearTie
    yield* inOrder(
      left.filter(({ cost }) => cost <= bound),
      byTime,
    )
    left = left.filter(({ cost }) => cost > bound)
  }
}

/** Least weight of a candidate's health, so that one that is down to nothing still has its place at the end. */
const leastHealth = 0.001

/** health × (1/cost)^gamma: what a candidate's chance is in proportion to. */
export function weightOf(candidate: Candidate, health: number, compareBy: CompareBy, gamma: number): number {
  return Math.max(leastHealth, health) * Math.max(1, comparable(candidate, compareBy)) ** -gamma
}

/**
 * A full order drawn without replacement, each place with probability ∝ health × (1/cost)^gamma of what is left
 * (exponential clocks: the smallest of −ln(u)/weight goes first).
 */
export function weighted(gamma: number): RoutePolicy {
  return (eligible, { route, healthOf, random }) => {
    const drawn = eligible.map((candidate) => {
      const weight = weightOf(candidate, healthOf(candidate), route.compareBy, gamma)
      return { candidate, rings: -Math.log(1 - random()) / weight }
    })
    return inOrder(drawn, (a, b) => a.rings - b.rings)
  }
}

export const fastest: RoutePolicy = (eligible, { route }) =>
  inOrder(compared(eligible, route.compareBy), byTime)

const best: RoutePolicy = (eligible, { route }) => inOrder(compared(eligible, route.compareBy), byQuality)

export const builtInPolicies: Readonly<Record<string, RoutePolicy>> = {
  cheapest,
  weighted: weighted(1),
  fastest,
  best,
}
