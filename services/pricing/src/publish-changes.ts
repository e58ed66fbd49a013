import type { BookedRule, PriceRule, Signals } from '@halftone/contracts'
import { priceSignals } from '@halftone/price-book'

/** Tells every process what was committed. */
export async function publishChanges(
  changes: readonly { booked: BookedRule; previous: PriceRule | null }[],
  signals: Pick<Signals, 'publish'>,
): Promise<void> {
  for (const signal of priceSignals(changes)) await signals.publish('price', signal)
}
