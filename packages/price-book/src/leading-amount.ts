import {
  type BookedRule,
  type Nano,
  type PriceChanged,
  type PriceComponent,
  type PriceRule,
  parseUsd,
} from '@halftone/contracts'

/** The component that people mean by "the price": output tokens where there are any, else the first. */
export function leadingComponent({ components }: PriceRule): PriceComponent | undefined {
  return components.find((part) => part.kind === 'per_token' && part.stream === 'image_out') ?? components[0]
}

/** What every process is told of committed changes: one signal per changed rule, in the order of their versions. */
export function priceSignals(
  changes: readonly { booked: BookedRule; previous: PriceRule | null }[],
): PriceChanged[] {
  return changes
    .toSorted((one, other) => one.booked.version - other.booked.version)
    .map(({ booked: { rule, version }, previous }) => ({
      version,
      rule_id: rule.id,
      old_nano: (previous && leadingNano(previous)?.toString()) ?? null,
      new_nano: leadingNano(rule)?.toString() ?? null,
      status: rule.status,
      source: rule.source.id,
      observed_at: rule.observed_at,
    }))
}

/** For people: decimals past the ninth are cut. */
function leadingNano(rule: PriceRule): Nano | null {
  const leading = leadingComponent(rule)
  const first = leading?.kind === 'per_megapixel' ? leading.first_amount : null
  const amount = first ?? leading?.amount ?? null
  return amount === null ? null : parseUsd(amount.replace(/(\.\d{9})\d+$/, '$1'))
}
