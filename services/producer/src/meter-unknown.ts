import { toUsd } from '@halftone/contracts'
import type { Reconciliation } from '@halftone/ledger'
import { Gauge, type Logger, type Registry } from '@halftone/service-kit'

type Totals = Awaited<ReturnType<Reconciliation['totals']>>

/** Calls of unknown outcome, read from the ledger when somebody asks for metrics. */
export function meterUnknown({
  reconciliation,
  registry,
  log,
}: {
  reconciliation: Pick<Reconciliation, 'totals'>
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
          this.set(figure(await reconciliation.totals()))
        } catch (error) {
          log.warn({ err: error }, 'could not read what is unknown')
        }
      },
    })
  meter(
    'halftone_unknown_attempts',
    'Calls of which nobody knows whether they were paid; GET /admin/v1/unknown lists them',
    ({ count }) => count,
  )
  meter('halftone_unknown_held_usd', 'What is held for them', ({ held }) => Number(toUsd(held)))
  meter(
    'halftone_unknown_need_person',
    'Those that only a person can tell about',
    ({ forPerson }) => forPerson,
  )
}
