import { isDeepStrictEqual } from 'node:util'
import { type BookedRule, modelKey, type PriceComponent, type PriceRule } from '@halftone/contracts'

/**
 * A reading takes the place of the booked rule that says the price of just the same: it gets its id, so that history goes
 * on, and what no feed tells: token counts, what a refusal costs, an announced end.
 */
export function adoptPlaces(readings: readonly PriceRule[], book: readonly BookedRule[]): PriceRule[] {
  const ids = new Set(book.map(({ rule }) => rule.id))
  const byPlace = Map.groupBy(book, ({ rule }) => placeOf(rule))
  const taken = new Set(readings.map(({ id }) => id))
  return readings.map((reading) => {
    const there = byPlace
      .get(placeOf(reading))
      ?.find(({ rule }) => isDeepStrictEqual(rule.match, reading.match))
    if (!there || ids.has(reading.id) || taken.has(there.rule.id)) return reading
    taken.add(there.rule.id)
    return standFor(there.rule, reading)
  })
}

function placeOf(rule: PriceRule): string {
  return `${modelKey(rule)} ${rule.operation}`
}

function standFor(booked: PriceRule, reading: PriceRule): PriceRule {
  const told = Object.entries(reading.charge_on).filter(([, charge]) => charge !== 'unknown')
  return {
    ...reading,
    id: booked.id,
    components: withEstimates(reading.components, booked.components),
    charge_on: { ...booked.charge_on, ...Object.fromEntries(told) },
    limits: { ...booked.limits, ...reading.limits },
    retires_on: reading.retires_on ?? booked.retires_on,
    ...(booked.latency_hint_ms === undefined ? {} : { latency_hint_ms: booked.latency_hint_ms }),
  }
}

/** How many tokens a picture has is nothing that price feeds say. */
export function withEstimates(
  components: readonly PriceComponent[],
  from: readonly PriceComponent[],
): PriceComponent[] {
  return components.map((component) => {
    if (component.kind !== 'per_token' || component.estimate) return component
    const known = from.find((other) => other.kind === 'per_token' && other.stream === component.stream)
    return known?.kind === 'per_token' ? { ...component, estimate: known.estimate } : component
  })
}
