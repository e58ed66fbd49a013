import { type attemptSchema, type ImageAnswer, type JobAnswer, type Nano, toUsd } from '@halftone/contracts'
import type { AttemptRow, JobRow, StoredImage, WholeJob } from '@halftone/ledger'
import { explain, toImageRequest } from '@halftone/routing'
import type { z } from 'zod'
import { chainAnswer } from './chain-answer.ts'
import { jobNotes } from './job-notes.ts'
import type { AnswerLinks } from './links.ts'

/** A job as the API shows it. The reasons come from the plan that was stored when it was chosen. */
export function jobAnswer({ job, attempts, plan, chain }: WholeJob, links: AnswerLinks): JobAnswer {
  return {
    id: job.id,
    status: job.status,
    operation: job.body.operation,
    images: job.images.map((image) => imageAnswer(image, links)),
    cost_usd: usd(job.cost),
    quoted_usd: usd(job.quoted),
    baseline_usd: usd(job.baseline),
    provider: job.provider,
    model: job.model,
    content_type: contentType(job),
    edit_kind: editKind(job),
    mask_template: job.inputs.mask?.template ?? null,
    batch: attempts.some(({ lotId, state }) => lotId && !['released', 'unknown'].includes(state)),
    latency_missed: job.latencyMissed,
    simulated: attempts.length > 0 ? attempts.some((attempt) => attempt.simulated) : links.simulated,
    attempts: attempts.map(attemptAnswer),
    why: plan && explain(plan, toImageRequest(job.body, job.inputs)),
    chain: chainAnswer(job, chain),
    notes: jobNotes(job),
    error: job.error,
    bulk_id: job.bulkId,
    created_at: job.createdAt.toISOString(),
    finished_at: job.finishedAt?.toISOString() ?? null,
    metadata: job.body.metadata ?? {},
  }
}

function contentType(job: JobRow): JobAnswer['content_type'] {
  if (!job.tag) return null
  const { label, confidence, source, words } = job.tag
  return { label, confidence, source, words: words && [...words] }
}

function editKind({ body, tag }: JobRow): JobAnswer['edit_kind'] {
  if (body.edit_kind) return { kind: body.edit_kind, source: 'caller' }
  return tag?.edit ? { ...tag.edit, words: [...tag.edit.words] } : null
}

export function imageAnswer(image: StoredImage, links: AnswerLinks): ImageAnswer {
  return {
    file_id: image.fileId,
    url: links.contentUrl(image.fileId),
    width: image.width,
    height: image.height,
    format: image.format,
    bytes: image.bytes,
  }
}

function attemptAnswer(attempt: AttemptRow): z.infer<typeof attemptSchema> {
  return {
    id: attempt.id,
    provider: attempt.provider,
    model: attempt.model,
    account: attempt.account,
    state: attempt.state,
    provider_ref: attempt.providerRef,
    cost_usd: usd(attempt.cost),
    started_at: attempt.startedAt.toISOString(),
    finished_at: attempt.finishedAt?.toISOString() ?? null,
    error: attempt.error,
    ...(attempt.lotId ? { lot_id: attempt.lotId } : {}),
    ...(attempt.live == null ? {} : { live_usd: toUsd(attempt.live) }),
  }
}

function usd(nano: Nano | null): string | null {
  return nano === null ? null : toUsd(nano)
}
