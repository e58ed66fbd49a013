import type { JobBody, Nano, Plan, PublicError, Tag } from '@halftone/contracts'
import type { JobInputs } from './acceptance.ts'

/** A waiting job, as planning needs it. */
export interface WaitingJob {
  id: string
  projectId: string
  bulkId: string | null
  body: JobBody
  inputs: JobInputs
  tag: Tag
  pool: string | null
  planId: string | null
  generation: number
  avoid: string[]
  hold: Nano
  /** Of `hold`, what unknown attempts keep: not free for the next one. */
  heldByUnknown: Nano
  ceiling: Nano | null
  /** Absent or null: no quote binds it. */
  quote?: BindingQuote | null
  priority: number
  deadline: Date
  createdAt: Date
}

/** What a quote promised for a job; its hold is `quoted` until it ends. */
export interface BindingQuote {
  /** provider/model */
  model: string
  quoted: Nano
  /** What the operator may still pay beyond the quote. */
  overrunLeft: Nano
}

export interface Dispatch {
  /** Classified jobs without a pool that may be planned now, fairly over projects (round robin), each project's by priority, deadline, age. */
  unplanned(limit: number): Promise<WaitingJob[]>
  /** Jobs waiting for a pool, at most `perProject` of each project, ordered like `unplanned`. */
  ready(pool: string, perProject: number): Promise<WaitingJob[]>
  /** How many wait (status classified, pool set), per pool and project, and by deadline (seconds from now, rounded up to 5). */
  backlog(): Promise<{ pool: string; projectId: string; dueSeconds: number; jobs: number }[]>
  /** Stores each plan once (by digest) and returns its id. */
  savePlans(plans: { digest: Buffer; plan: Plan }[]): Promise<string[]>
  assign(jobs: { id: string; pool: string; planId: string }[]): Promise<void>
  /** Nobody may do these now: looked at again after `delayMs`. */
  postpone(jobs: { id: string; planId: string | null; delayMs: number }[]): Promise<void>
  /** Jobs whose plan is void: `pool` null again. With `jobs`, just those; else all that wait for `pool`. */
  unassign(what: { pool: string } | { jobs: string[] }): Promise<number>
  /**
   * classified → dispatched, generation + 1, raising the hold to `worst` first where it is lower.
   * A job whose raise the ceiling or a budget refuses is left out of the answer (its id is in `refused`).
   */
  dispatch(
    jobs: { id: string; pool: string; planId: string; worst: Nano; latencyMissed: boolean }[],
  ): Promise<{ dispatched: { id: string; generation: number }[]; refused: string[] }>
  /** Ends waiting jobs: `expired`, or `failed` with an error. Releases what they hold. Running ones are left alone. */
  end(jobs: { id: string; status: 'expired' | 'failed'; error: PublicError }[]): Promise<EndedJob[]>
}

export interface EndedJob {
  jobId: string
  bulkId: string | null
}
