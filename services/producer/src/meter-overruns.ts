import { toUsd } from '@halftone/contracts'
import type { Quotes } from '@halftone/ledger'
import { Gauge, type Logger, type Registry } from '@halftone/service-kit'

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
  const registers = [registry]
  const jobs = new Gauge({
    name: 'halftone_quote_overruns',
    help: 'Jobs that cost more than their quote; GET /admin/v1/overruns lists them',
    registers,
  })
  new Gauge({
    name: 'halftone_quote_overrun_usd',
    help: 'What quoted jobs did cost beyond their quotes, paid by the operator',
    registers,
    async collect() {
      try {
        const totals = await quotes.overrunTotals()
        jobs.set(totals.jobs)
        this.set(Number(toUsd(totals.absorbed)))
      } catch (error) {
        // the other metrics matter most while the database is away
        log.warn({ err: error }, 'could not read what quotes have cost')
      }
    },
  })
}
