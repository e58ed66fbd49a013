import { styleText } from 'node:util'
import { type JobAnswer, parseUsd, toUsd } from '@halftone/contracts'
import { dollars, table } from '@halftone/terminal'
import type { Report } from './tally.ts'

/** The bill, as the person who pays would want to read it. */
export function printReport(report: Report, jobs: JobAnswer[], sheet: string): void {
  const share = (count: number) => `${((100 * count) / Math.max(1, report.jobs.submitted)).toFixed(0)} %`
  const rows = (groups: Report['by_provider']) =>
    Object.entries(groups).map(([key, { jobs, cost_usd }]) => [
      key,
      String(jobs),
      share(jobs),
      dollars(cost_usd),
      dollars(jobs ? toUsd(parseUsd(cost_usd) / BigInt(jobs)) : null),
    ])
  const headings = ['jobs', 'share', 'cost', 'a job']
  console.log(`\n${table(['provider', ...headings], rows(report.by_provider))}`)
  console.log(`\n${table(['content type', ...headings], rows(report.by_content_type))}\n`)

  const { succeeded, failed, expired, canceled, submitted } = report.jobs
  console.log(
    `  jobs         ${submitted}: ${succeeded} succeeded, ${failed} failed, ${expired} expired, ${canceled} canceled`,
  )
  console.log(`  cost         ${styleText('bold', dollars(report.cost_usd))}`)
  if (report.baseline_usd !== null)
    console.log(
      `  instead of   ${dollars(report.baseline_usd)} at the best single model (${report.baseline_model}): ${styleText('green', `${dollars(report.savings_usd)} saved`)}`,
    )
  const dearest = costOfDearest(jobs)
  if (dearest > 0n) console.log(`  or           ${dollars(toUsd(dearest))} at the dearest that could do each`)
  const { batch } = report
  if (batch)
    console.log(
      `  in lots      ${batch.jobs} jobs in ${batch.lots} lots: ${dollars(batch.paid_usd)} instead of ${dollars(batch.live_usd)} without waiting`,
    )
  console.log(`  rerouted     ${report.reroutes} jobs; ${report.price_changes_seen} price changes seen`)
  console.log(
    `  webhooks     ${report.webhooks.verified} of ${report.webhooks.expected} arrived with a good signature`,
  )
  const { books } = report
  const verdict = books.equal ? styleText('green', 'equal') : styleText('red', 'NOT EQUAL')
  console.log(
    `  books        ours ${books.ledger_nano.toLocaleString('en-US')} nano-dollars, the providers' ${books.simulator_nano.toLocaleString('en-US')}: ${verdict}`,
  )
  if (books.unknown.count > 0)
    console.log(
      `  unknown      ${books.unknown.count} calls were cut: ${dollars(toUsd(BigInt(books.unknown.held_nano)))} held, ${dollars(toUsd(BigInt(books.unknown.paid_nano)))} of it really paid`,
    )
  console.log(`  contact sheet  ${sheet}\n`)
}

/** What the same pictures cost if each is bought at the dearest candidate that was eligible for it. */
function costOfDearest(jobs: JobAnswer[]): bigint {
  let total = 0n
  for (const job of jobs) {
    let dearest = 0n
    for (const candidate of job.why?.candidates ?? []) {
      if (!candidate.eligible || candidate.cost_usd === null) continue
      const cost = parseUsd(candidate.cost_usd)
      if (cost > dearest) dearest = cost
    }
    total += dearest
  }
  return total
}
