import type { BatchFileRow, BulkRow, ClientBatchRow } from '@halftone/ledger'

const dayMs = 24 * 3_600_000
const fileLifeMs = 30 * dayMs

/** A batch as OpenAI shows it; `bulk`: how far its jobs are. */
export function batchObject(batch: ClientBatchRow, bulk: BulkRow | null) {
  const { status, endedAt, begunAt } = batch
  const canceling = batch.cancelAskedAt !== null && (status === 'in_progress' || status === 'validating')
  const at = (when: ClientBatchRow['status']) => (status === when ? seconds(endedAt) : null)
  return {
    id: batch.id,
    object: 'batch' as const,
    endpoint: batch.endpoint,
    errors: batch.errors.length > 0 ? { object: 'list', data: batch.errors } : null,
    input_file_id: batch.inputFileId,
    completion_window: '24h',
    status: canceling ? 'cancelling' : status,
    output_file_id: batch.outputFileId,
    error_file_id: batch.errorFileId,
    created_at: seconds(batch.createdAt),
    in_progress_at: seconds(begunAt),
    expires_at: seconds(batch.expiresAt),
    finalizing_at: at('completed'),
    completed_at: at('completed'),
    failed_at: at('failed'),
    expired_at: at('expired'),
    cancelling_at: seconds(batch.cancelAskedAt),
    cancelled_at: at('cancelled'),
    request_counts: countsOf(batch, bulk),
    metadata: batch.metadata,
  }
}

function countsOf(batch: ClientBatchRow, bulk: BulkRow | null) {
  const total = batch.customIds.length + batch.refused.length
  if (batch.endedAt) return { total, completed: batch.completed, failed: batch.failed }
  const { succeeded = 0, failed = 0, expired = 0, canceled = 0 } = bulk?.counts ?? {}
  return { total, completed: succeeded, failed: failed + expired + canceled + batch.refused.length }
}

export function fileObject({ id, bytes, filename, purpose, createdAt }: BatchFileRow) {
  const expires_at = seconds(new Date(createdAt.getTime() + fileLifeMs))
  const facts = {
    id,
    object: 'file' as const,
    bytes,
    created_at: seconds(createdAt),
    expires_at,
    filename,
    purpose,
  }
  return { ...facts, status: 'processed', status_details: null }
}

function seconds(date: Date | null): number | null {
  return date && Math.floor(date.getTime() / 1_000)
}
