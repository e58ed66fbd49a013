import { type ImageAnswer, type JobStatus, type PublicError, toUsd } from '@halftone/contracts'
import type { JobRow } from '@halftone/ledger'
import { csvLine } from './csv.ts'
import { imageAnswer } from './job-answer.ts'
import type { AnswerLinks } from './links.ts'

interface ManifestRow {
  index: number
  job_id: string
  status: JobStatus
  provider: string | null
  model: string | null
  cost_usd: string | null
  images: ImageAnswer[]
  error: PublicError | null
  metadata: Record<string, unknown>
}

/** A job of a bulk in its manifest; the links are good for a day from now. */
export function manifestRow(job: JobRow, links: AnswerLinks): ManifestRow {
  return {
    index: job.bulkIndex ?? 0,
    job_id: job.id,
    status: job.status,
    provider: job.provider,
    model: job.model,
    cost_usd: job.cost === null ? null : toUsd(job.cost),
    images: job.images.map((image) => imageAnswer(image, links)),
    error: job.error,
    metadata: job.body.metadata ?? {},
  }
}

export const manifestColumns = [
  ...['index', 'job_id', 'status', 'provider', 'model', 'cost_usd'],
  ...['urls', 'error_code', 'error_message', 'metadata'],
]

/** Several links stand in one cell, with spaces between; metadata is JSON. */
export function manifestLine(job: JobRow, links: AnswerLinks): string {
  const { images, error, metadata, ...row } = manifestRow(job, links)
  return csvLine([
    ...[row.index, row.job_id, row.status, row.provider, row.model, row.cost_usd],
    ...[images.map(({ url }) => url).join(' '), error?.code ?? null, error?.message ?? null],
    JSON.stringify(metadata),
  ])
}
