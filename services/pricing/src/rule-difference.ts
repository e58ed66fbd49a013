import { isDeepStrictEqual } from 'node:util'
import type { PriceRule } from '@halftone/contracts'
import { amountsOf, scaled } from './amounts.ts'

/** True if both ask the same of a caller: who said it, when and how surely does not count, nor a change under 0.1 %. */
export function sameTerms(one: PriceRule, other: PriceRule): boolean {
  if (!isDeepStrictEqual(withoutAmounts(one), withoutAmounts(other))) return false
  const others = amountsOf(other)
  return amountsOf(one).every(({ amount }, index) => sameAmount(amount, others[index]?.amount ?? null))
}

export function sameSource(one: PriceRule, other: PriceRule): boolean {
  return one.source.kind === other.source.kind && one.source.id === other.source.id
}

/**
 * Whether a rule may take the place of the one that is booked: the same source may correct itself; another must be
 * surer, or as sure and newer. So an operator's own price, stated with confidence 1, stays until the operator changes it.
 */
export function outranks(rule: PriceRule, booked: PriceRule): boolean {
  const newer = observedMs(rule) - observedMs(booked)
  if (sameSource(rule, booked)) return newer >= 0
  return rule.confidence > booked.confidence || (rule.confidence === booked.confidence && newer > 0)
}

function sameAmount(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other
  const [a, b] = [scaled(one), scaled(other)]
  const distance = a > b ? a - b : b - a
  // feeds made of floats waver in the last digits: 0.07999586 is 0.08
  return a === b || distance * 1_000n < b
}

function withoutAmounts(rule: PriceRule): unknown {
  const { source: _source, observed_at: _at, confidence: _confidence, components, ...terms } = rule
  const shapes = components.map((component) => {
    const shape = { ...component, amount: component.amount === null ? null : '0' }
    return 'first_amount' in shape
      ? { ...shape, first_amount: shape.first_amount == null ? null : '0' }
      : shape
  })
  return { ...terms, components: shapes }
}

function observedMs(rule: PriceRule): number {
  return rule.observed_at === null ? 0 : Date.parse(rule.observed_at)
}
