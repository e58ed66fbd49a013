import { toUsd } from '@halftone/contracts'
import type { Reconciliation } from '@halftone/ledger'
import type { Logger, Registry } from '@halftone/service-kit'
import { meterTotals } from './meter-totals.ts'

/** Calls of unknown outcome. */
export function meterUnknown({
  reconciliation,
  ...kit
}: {
  reconciliation: Pick<Reconciliation, 'totals'>
  registry: Registry
  log: Logger
}): void {
  meterTotals({
    ...kit,
    what: 'what is unknown',
    read: () => reconciliation.totals(),
    gauges: [
      {
        name: 'halftone_unknown_attempts',
        help: 'Calls of which nobody knows whether they were paid; GET /admin/v1/unknown lists them',
        figure: ({ count }) => count,
      },
      {
        name: 'halftone_unknown_held_usd',
        help: 'What is held for them',
        figure: ({ held }) => Number(toUsd(held)),
      },
      {
        name: 'halftone_unknown_need_person',
        help: 'Those that only a person can tell about',
        figure: ({ forPerson }) => forPerson,
      },
    ],
  })
}
