import type { JobAnswer } from './wire.ts'

export interface HalftoneErrorFacts {
  code: string
  /** Of the HTTP answer; null: there was none, or the job itself failed. */
  status?: number | null
  field?: string | null
  limit?: string | number | null
  next?: string | null
  jobId?: string | null
  /** How long the server asks to wait before the same is asked again. */
  retryAfterMs?: number | null
  job?: JobAnswer | null
  /** The whole problem document: a budget's figures, the rejected jobs of a bulk. */
  problem?: Readonly<Record<string, unknown>> | null
  cause?: unknown
}

/**
 * Whatever Halftone refuses, and a job that did not end with a picture. Decide by `code`: the server's own
 * (`budget_exceeded`, `no_provider`, `content_policy`, …), or one of the client's: `network` (nobody answered),
 * `timeout` (not ended in time: the job goes on), `bad_answer`, `not_verified` (a webhook).
 */
export class HalftoneError extends Error {
  readonly code: string
  readonly status: number | null
  /** JSON pointer of the field that is wrong. */
  readonly field: string | null
  readonly limit: string | number | null
  /** What to do about it, in words. */
  readonly next: string | null
  readonly jobId: string | null
  readonly retryAfterMs: number | null
  readonly job: JobAnswer | null
  readonly problem: Readonly<Record<string, unknown>> | null

  constructor(message: string, facts: HalftoneErrorFacts) {
    super(message, { cause: facts.cause })
    this.name = 'HalftoneError'
    this.code = facts.code
    this.status = facts.status ?? null
    this.field = facts.field ?? null
    this.limit = facts.limit ?? null
    this.next = facts.next ?? null
    this.job = facts.job ?? null
    this.jobId = facts.jobId ?? facts.job?.id ?? null
    this.retryAfterMs = facts.retryAfterMs ?? null
    this.problem = facts.problem ?? null
  }
}

/** Of a job that ended without a picture. */
export function jobFailure(job: JobAnswer): HalftoneError {
  const { error } = job
  return new HalftoneError(error?.message ?? `the job ended ${job.status}`, {
    code: error?.code ?? (job.status === 'expired' ? 'deadline_exceeded' : job.status),
    field: error?.field,
    limit: error?.limit,
    next: error?.next,
    job,
  })
}
