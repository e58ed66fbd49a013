import type { PriceComponent, PriceRule } from '@halftone/contracts'
import { leadingComponent } from '@halftone/price-book'
import { amountsOf, scaled } from './amounts.ts'

/** USD; what lies outside is a slip of units (cents for dollars, tokens for millions), not a price. */
const bands: Record<PriceComponent['kind'], readonly [string, string]> = {
  per_image: ['0.0001', '2'],
  per_request: ['0.0001', '5'],
  per_megapixel: ['0.0001', '2'],
  per_step: ['0.000001', '0.5'],
  per_1k_masked_pixels: ['0.000001', '0.1'],
  per_token: ['0.01', '1000'],
  per_second: ['0.00001', '1'],
}

/** Why no price can be like this; null: it can. */
export function nonsense(rule: PriceRule, last: PriceRule | undefined): string | null {
  if (rule.status === 'free') return last && last.status !== 'free' ? 'became free' : null
  for (const { component, amount } of amountsOf(rule)) {
    if (amount === null) continue
    const value = scaled(amount)
    if (value < 0n) return 'is negative'
    if (value === 0n) return 'is zero'
    const [least, most] = bands[component.kind]
    if (value < scaled(least) || value > scaled(most)) return `lies outside ${least} to ${most} USD`
  }
  return null
}

/** The price itself is out of its band, and no zero: a zero is a gap in one row, not a slip of units. */
export function outOfBand(rule: PriceRule): boolean {
  const leading = leadingComponent(rule)
  if (!leading || leading.amount === null || rule.status === 'free') return false
  const value = scaled(leading.amount)
  const [least, most] = bands[leading.kind]
  return value !== 0n && (value < scaled(least) || value > scaled(most))
}

/** Prices that one source writes in one unit: of one provider, and of one kind. */
export function bandClass(rule: PriceRule): string {
  return `${rule.provider} ${leadingComponent(rule)?.kind}`
}
