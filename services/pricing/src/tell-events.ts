import type { NewPriceEvent, PriceStore } from '@halftone/ledger'
import type { Logger } from '@halftone/service-kit'
import type { SourceMetrics } from './source-metrics.ts'

/** Writes events down; those that are news are logged and counted. */
export async function tellEvents(
  events: readonly NewPriceEvent[],
  to: { prices: Pick<PriceStore, 'events'>; metrics: Pick<SourceMetrics, 'told'>; log: Logger },
): Promise<void> {
  for (const { kind, detail } of await to.prices.events.record(events)) {
    to.metrics.told(kind, 1)
    // a model's rules are too long for a line of a log
    const { rules: _, ...line } = detail
    if (kind === 'model.discovered') to.log.info(line, kind)
    else to.log.warn(line, kind)
  }
}
