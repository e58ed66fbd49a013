import type { PriceComponent, PriceRule } from '@halftone/contracts'

/** Every amount of a rule, in the order of its components. */
export function amountsOf(rule: PriceRule): { component: PriceComponent; amount: string | null }[] {
  return rule.components.flatMap((component) => {
    const all = [{ component, amount: component.amount }]
    if (component.kind === 'per_megapixel' && component.first_amount !== undefined)
      all.push({ component, amount: component.first_amount })
    return all
  })
}

const decimals = 18

/** An exact decimal string as an integer of 1e-18, so that amounts are compared without floats. */
export function scaled(amount: string): bigint {
  const negative = amount.startsWith('-')
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.')
  const size = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'))
  return negative ? -size : size
}
