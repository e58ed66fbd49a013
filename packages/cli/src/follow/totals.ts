import {
  type BulkAnswer,
  endedStatuses,
  type JobStatus,
  jobStatuses,
  parseUsd,
  toUsd,
} from '@halftone/contracts'

export interface Totals {
  jobs: number
  ended: number
  counts: Record<JobStatus, number>
  cost: string
  /** Against the best single provider, as if every job were worth the same; null if that is not known, or nothing was saved. */
  savings: string | null
}

/** Several bulks as one. */
export function totalsOf(bulks: readonly BulkAnswer[]): Totals {
  const sum = (status: JobStatus) => bulks.reduce((all, { counts }) => all + (counts[status] ?? 0), 0)
  const counts = Object.fromEntries(jobStatuses.map((status) => [status, sum(status)])) as Totals['counts']
  const cost = bulks.reduce((all, bulk) => all + parseUsd(bulk.cost_usd), 0n)
  const baseline = bulks.every((bulk) => bulk.baseline_usd !== null)
    ? bulks.reduce((all, bulk) => all + shareMade(bulk), 0n)
    : 0n
  return {
    jobs: jobStatuses.reduce((all, status) => all + counts[status], 0),
    ended: endedStatuses.reduce((all, status) => all + counts[status], 0),
    counts,
    cost: toUsd(cost),
    savings: baseline > cost ? toUsd(baseline - cost) : null,
  }
}

/** What the pictures that are made would have cost there. */
function shareMade({ counts, baseline_usd }: BulkAnswer): bigint {
  const jobs = jobStatuses.reduce((all, status) => all + (counts[status] ?? 0), 0)
  if (baseline_usd === null || jobs === 0) return 0n
  return (parseUsd(baseline_usd) * BigInt(counts.succeeded ?? 0)) / BigInt(jobs)
}
