import { type Nano, type PriceRule, parseUsd } from '@halftone/contracts'

export type PriceComponent = PriceRule['components'][number]

/** The component that people mean by "the price": output tokens where there are any, else the first. */
export function leadingComponent(rule: PriceRule): PriceComponent | undefined {
  return (
    rule.components.find((part) => part.kind === 'per_token' && part.stream === 'image_out') ??
    rule.components[0]
  )
}

/** The leading amount in nano-dollars per its unit, for people; decimals past the ninth are cut. */
export function leadingNano(rule: PriceRule): Nano | null {
  const amount = leadingComponent(rule)?.amount ?? null
  return amount === null ? null : parseUsd(amount.replace(/(\.\d{9})\d+$/, '$1'))
}

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
