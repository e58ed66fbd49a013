import { styleText } from 'node:util'
import { dollars, table } from '@halftone/terminal'
import type { RunReport } from './run-report.ts'

/** What a person wants to know of a run. */
export function printRun(report: RunReport): void {
  const usd = (nano: number) => dollars((nano / 1e9).toFixed(9))
  const kinds = Object.entries(report.faults).sort(([a], [b]) => a.localeCompare(b))
  const missed = report.trace.filter(({ met }) => !met).length
  console.log(`
  jobs       ${report.accepted} of ${report.jobs} accepted: ${Object.entries(report.statuses)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ')}
  faults     ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}${missed ? `; ${missed} met nobody` : ''}
  payments   ${report.payments} of ${usd(report.simulator_nano)}; the ledger says ${usd(report.ledger_nano)}, unknown and paid ${usd(report.unknown_paid_nano)}, price told too late ${usd(report.price_lag_nano)}
  unknown    ${report.before_reconciliation.unknown} at first, ${report.unknown} at the end, ${report.resolved} found out
  webhooks   ${report.webhooks.messages} written, ${report.webhooks.deliveries} received, ${report.webhooks.turned_away} turned away
  crashes    ${
    Object.entries(report.crashes)
      .map(([part, times]) => `${times} ${part}`)
      .join(', ') || 'none: whatever ended was killed'
  }
  stillness  ${(report.longest_still_ms / 1_000).toFixed(1)} s at most
`)
  const rows = Object.entries(report.invariants).map(([name, held]) => [
    name,
    held ? styleText('green', '✓') : styleText('red', '✗'),
    report.violations[name]?.[0] ?? '',
  ])
  console.log(table(['invariant', 'holds', 'found'], rows, { text: ['invariant', 'holds', 'found'] }))
  for (const [name, found] of Object.entries(report.violations)) {
    console.log(styleText('red', `\n${name}: ${found.length} found`))
    for (const text of found.slice(0, 8)) console.log(`  ${text}`)
  }
  if (report.folder) console.log(`\nits data, books, trace and logs are in ${report.folder}`)
}
