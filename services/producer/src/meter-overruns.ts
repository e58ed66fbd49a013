import { toUsd } from '@halftone/contracts'
import type { Quotes } from '@halftone/ledger'
import { Gauge, type Logger, type Registry } from '@halftone/service-kit'

type Totals = Awaited<ReturnType<Quotes['overrunTotals']>>

/** What quotes have cost the operator, read from the ledger when somebody asks for metrics. */
export function meterOverruns({
  quotes,
  registry,
  log,
}: {
  quotes: Pick<Quotes, 'overrunTotals'>
  registry: Registry
  log: Logger
}): void {
  const meter = (name: string, help: string, figure: (totals: Totals) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        try {
          this.set(figure(await quotes.overrunTotals()))
        } catch (error) {
          // the other metrics matter most while the database is away
          log.warn({ err: error }, 'could not read what quotes have cost')
        }
      },
    })
  meter(
    'halftone_quote_overruns',
    'Jobs that cost more than their quote; GET /admin/v1/overruns lists them',
    ({ jobs }) => jobs,
  )
  meter(
    'halftone_quote_overrun_usd',
    'What quoted jobs did cost beyond their quotes, paid by the operator',
    ({ absorbed }) => Number(toUsd(absorbed)),
  )
}
