import { toUsd } from '@halftone/contracts'
import type { Quotes } from '@halftone/ledger'
import type { Logger, Registry } from '@halftone/service-kit'
import { meterTotals } from './meter-totals.ts'

/** What quotes have cost the operator. */
export function meterOverruns({
  quotes,
  ...kit
}: {
  quotes: Pick<Quotes, 'overrunTotals'>
  registry: Registry
  log: Logger
}): void {
  meterTotals({
    ...kit,
    what: 'what quotes have cost',
    read: () => quotes.overrunTotals(),
    gauges: [
      {
        name: 'halftone_quote_overruns',
        help: 'Jobs that cost more than their quote; GET /admin/v1/overruns lists them',
        figure: ({ jobs }) => jobs,
      },
      {
        name: 'halftone_quote_overrun_usd',
        help: 'What quoted jobs did cost beyond their quotes, paid by the operator',
        figure: ({ absorbed }) => Number(toUsd(absorbed)),
      },
    ],
  })
}
