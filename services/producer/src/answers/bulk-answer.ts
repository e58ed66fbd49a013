import { type BulkAnswer, toUsd } from '@halftone/contracts'
import type { BulkRow } from '@halftone/ledger'

export function bulkAnswer(bulk: BulkRow): BulkAnswer {
  return {
    id: bulk.id,
    status: bulk.status,
    counts: bulk.counts,
    cost_usd: toUsd(bulk.spent),
    reserved_usd: toUsd(bulk.held),
    baseline_usd: bulk.baseline === null ? null : toUsd(bulk.baseline),
    baseline_model: bulk.baselineModel,
    expected_finish: bulk.expectedFinish?.toISOString() ?? null,
    retry_of: bulk.retryOf,
    created_at: bulk.createdAt.toISOString(),
    finished_at: bulk.finishedAt?.toISOString() ?? null,
    metadata: bulk.metadata,
  }
}
