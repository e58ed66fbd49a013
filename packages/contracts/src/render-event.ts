import type { PublicError } from './errors.ts'
import { type Nano, toUsd } from './money.ts'
import type { JobStatus } from './states.ts'
import type { EventBody, EventType, ImageAnswer } from './wire.ts'

interface ToldJob {
  id: string
  bulkId: string | null
  status: JobStatus
  cost: Nano | null
  images: readonly Omit<ImageAnswer & { fileId: string }, 'url' | 'file_id'>[]
  error: PublicError | null
  body: { metadata?: Record<string, unknown> }
}

interface ToldBulk {
  id: string
  status: string
  counts: Record<JobStatus, number>
  spent: Nano
  baseline: Nano | null
  baselineModel: string | null
  metadata: Record<string, unknown>
}

/** An event as the ledger keeps it, with what it is about. */
export interface ToldEvent {
  id: string
  type: EventType
  sequence: number
  createdAt: Date
  job: ToldJob | null
  bulk: ToldBulk | null
  /** Of an event about neither. */
  data: Record<string, unknown> | null
}

/** Makes a picture's signed URL, good for a day from now. */
export type ContentUrl = (fileId: string) => string

/**
 * The body of one event as it is now: rendered at each try, so that its URLs are fresh; its id and time stay.
 * Never a picture, never the prompt. null: the ledger names nothing that it is about.
 */
export function renderEvent(event: ToldEvent, contentUrl: ContentUrl): EventBody | null {
  const { job, bulk } = event
  const data = event.data ?? (job ? jobData(job, contentUrl) : bulk ? bulkData(bulk) : null)
  if (!data) return null
  return {
    type: event.type,
    timestamp: event.createdAt.toISOString(),
    id: event.id,
    sequence: event.sequence,
    data,
  }
}

function jobData(job: ToldJob, contentUrl: ContentUrl): EventBody['data'] {
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

function bulkData(bulk: ToldBulk): EventBody['data'] {
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
