import { toUsd, type WebhookBody } from '@halftone/contracts'
import type { BulkRow, JobRow, OutboxMessage } from '@halftone/ledger'

/** Makes a picture's signed URL, good for a day from now. */
export type ContentUrl = (fileId: string) => string

/**
 * The body of one event as it is now: rendered at each try, so that its URLs are fresh; its id and time stay.
 * Never a picture, never the prompt. null: the ledger names neither a job nor a bulk.
 */
export function renderBody(message: OutboxMessage, contentUrl: ContentUrl): WebhookBody | BatchEvent | null {
  const { job, bulk } = message
  const batchId = bulk?.metadata.openai_batch_id
  if (!job && bulk && typeof batchId === 'string') return batchEvent(message, bulk, batchId)
  const data = job ? jobData(job, contentUrl) : bulk ? bulkData(bulk) : null
  if (!data) return null
  return {
    type: message.type,
    timestamp: message.createdAt.toISOString(),
    id: message.id,
    sequence: message.sequence,
    data,
  }
}

/** What OpenAI tells of a batch's end. */
export interface BatchEvent {
  id: string
  object: 'event'
  type: 'batch.completed' | 'batch.cancelled' | 'batch.expired'
  created_at: number
  data: { id: string }
}

function batchEvent({ id, createdAt }: OutboxMessage, bulk: BulkRow, batchId: string): BatchEvent {
  const type =
    bulk.status === 'canceled'
      ? 'batch.cancelled'
      : bulk.counts.expired > 0
        ? 'batch.expired'
        : 'batch.completed'
  const created_at = Math.floor(createdAt.getTime() / 1_000)
  return { id, object: 'event', type, created_at, data: { id: batchId } }
}

function jobData(job: JobRow, contentUrl: ContentUrl): WebhookBody['data'] {
  return {
    job_id: job.id,
    bulk_id: job.bulkId,
    status: job.status,
    cost_usd: job.cost === null ? null : toUsd(job.cost),
    images: job.images.map(({ fileId, width, height, format, bytes }) => ({
      file_id: fileId,
      url: contentUrl(fileId),
      width,
      height,
      format,
      bytes,
    })),
    error: job.error,
    metadata: job.body.metadata ?? {},
  }
}

function bulkData(bulk: BulkRow): WebhookBody['data'] {
  return {
    bulk_id: bulk.id,
    status: bulk.status,
    counts: bulk.counts,
    cost_usd: toUsd(bulk.spent),
    baseline_usd: bulk.baseline === null ? null : toUsd(bulk.baseline),
    baseline_model: bulk.baselineModel,
    metadata: bulk.metadata,
  }
}
