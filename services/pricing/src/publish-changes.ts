import type { BookedRule, PriceRule, Signals } from '@halftone/contracts'
import { leadingNano } from './amounts.ts'

/** Tells every process what was committed: one signal per changed rule, in the order of their versions. */
export async function publishChanges(
  changes: readonly { booked: BookedRule; previous: PriceRule | null }[],
  signals: Pick<Signals, 'publish'>,
): Promise<void> {
  const inOrder = changes.toSorted((one, other) => one.booked.version - other.booked.version)
  for (const { booked, previous } of inOrder) {
    const { rule, version } = booked
    await signals.publish('price', {
      version,
      rule_id: rule.id,
      old_nano: (previous && leadingNano(previous)?.toString()) ?? null,
      new_nano: leadingNano(rule)?.toString() ?? null,
      status: rule.status,
      source: rule.source.id,
      observed_at: rule.observed_at,
    })
  }
}
