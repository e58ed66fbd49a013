import { type ChainAnswer, toUsd } from '@halftone/contracts'
import type { ChainTotals, JobRow } from '@halftone/ledger'

/** What the job's chain has cost so far, and would have cost as new pictures. */
export function chainAnswer(
  { id, chain }: Pick<JobRow, 'id' | 'chain'>,
  totals: ChainTotals | null,
): ChainAnswer | null {
  if (!totals) return null
  const limit = chain?.limit ?? null
  return {
    root: chain?.rootId ?? id,
    parent: chain?.parentId ?? null,
    depth: chain?.depth ?? 0,
    jobs: totals.jobs,
    cost_usd: toUsd(totals.spent),
    fresh_usd: toUsd(totals.fresh),
    held_usd: toUsd(totals.held),
    limit_usd: limit === null ? null : toUsd(limit),
  }
}
