import type { InputImage, InputMask, JobBody, Nano } from '@halftone/contracts'

export interface NewJob {
  id: string
  body: JobBody
  inputs: JobInputs
  deadline: Date
  runAt: Date
  hold: Nano
  ceiling: Nano | null
  /** What the job is expected to cost, as told to the caller. */
  quoted: Nano | null
  baseline: Nano | null
  webhookUrl: string | null
  /** Its end is told there; then `webhookUrl` is null. */
  webhookEndpointId?: string | null
  /** Where it stands among edits of edits; absent or null: it goes on with nothing, and limits nothing. */
  chain?: ChainLink | null
  /** What a new picture of its size would have cost. */
  fresh?: Nano | null
  /** The quote that binds it: `quoted` is the most its project pays, and all that it holds. */
  quote?: JobQuote | null
  /** The ended job that it buys once more. */
  retryOf?: string | null
}

/** A job's place in a chain: all that descends from one job by `parent_job_id`. */
export interface ChainLink {
  /** null: it is the root. */
  parentId: string | null
  rootId: string
  /** The root's is 0. */
  depth: number
  /** The most that the chain may cost, as said by this job or the nearest before it. */
  limit: Nano | null
}

export interface JobQuote {
  id: string
  /** The quoted provider/model. */
  model: string
  /** The most that the operator pays beyond the quote. */
  overrunMax: Nano
}

export interface JobInputs {
  width: number
  height: number
  images: InputImage[]
  mask: InputMask | null
}

export interface Idempotency {
  key: string
  /** SHA-256 of the canonical body. */
  requestHash: Buffer
}

export interface NewBulk {
  id: string
  budget: Nano | null
  baseline: Nano | null
  baselineModel: string | null
  expectedFinish: Date | null
  webhookUrl: string | null
  webhookEndpointId?: string | null
  metadata: Record<string, unknown>
  /** Each of its jobs is bound by its own share of it. */
  quoteId?: string | null
  /** The bulk whose jobs it buys once more. */
  retryOf?: string | null
}

/** `replayed`: the stored answer of an earlier call with the same key and body. */
export type Accepted = { kind: 'accepted' } | { kind: 'replayed'; status: number; answer: unknown }

export interface Acceptance {
  /**
   * Commits job, hold and idempotency row together, and uses up its quote. Concurrent calls share a transaction.
   * Throws `budget_exceeded` of project or chain (with limit, held and spent in `extra`), `idempotency_mismatch`, and for a quote
   * `not_found`, `quote_expired` and `quote_used`; then nothing is stored.
   */
  job(input: {
    projectId: string
    job: NewJob
    idempotency: (Idempotency & { status: number; answer: unknown }) | null
  }): Promise<Accepted>
  /**
   * The same for a bulk: one insert for all jobs, one hold. `bulk_index` is the place in `jobs`. Throws `impossible` when
   * one of them buys a job once more that was before.
   */
  bulk(input: {
    projectId: string
    bulk: NewBulk
    jobs: NewJob[]
    idempotency: (Idempotency & { status: number; answer: unknown }) | null
  }): Promise<Accepted>
  /** The stored answer for a key, so that a repeat does no work; throws `idempotency_mismatch`. */
  replay(projectId: string, idempotency: Idempotency): Promise<{ status: number; answer: unknown } | null>
}
