import type { EndedStatus, JobStatus, Nano } from '@halftone/contracts'
import type { RunnableJob } from './paying.ts'
import type { AttemptRow, StoredImage } from './reading.ts'

/**
 * What is known of an unknown attempt. `result`: its own call answered late; `note`: its pictures lay in the store;
 * `poll`, `find`: the provider said so; `usage`: the provider's usage report leaves no doubt; `operator`: a person.
 */
export interface Evidence {
  by: 'result' | 'note' | 'poll' | 'find' | 'usage' | 'operator'
  /** For people. */
  says: string
  detail?: Record<string, string | number | boolean | null>
}

export interface Resolution {
  attemptId: string
  outcome: 'paid' | 'free'
  /** What the provider charged; 0n if it was free. */
  cost: Nano
  images: StoredImage[]
  evidence: Evidence
}

export interface Resolved {
  attemptId: string
  jobId: string
  bulkId: string | null
  /** How the job ended, if this ended it. */
  status: EndedStatus | null
}

/** One call as a provider's usage report may count it. */
export interface CountedCall {
  attemptId: string
  model: string
  /** "WIDTHxHEIGHT" */
  size: string
  n: number
  state: 'live' | 'paid' | 'unknown'
  startedAt: Date
  /** null: it is still live. */
  finishedAt: Date | null
  worst: Nano
  ruleId: string
  priceVersion: number
}

export interface UnknownAttempt {
  attempt: AttemptRow
  projectId: string
  bulkId: string | null
  jobStatus: JobStatus
  /** Since when nothing but a person can tell. */
  personSince: Date | null
}

export interface Reconciliation {
  /**
   * Unknown attempts of these providers (lots' lines are their lots' affair) that are due, and not due again for a quarter of their age (`everyMs` to half
   * an hour): each job as a worker would run it, the attempt in place of a live one, with the choice it was made by.
   * Those older than `personMs` are marked for a person, and looked at all the same.
   */
  take(
    providers: readonly string[],
    options: { everyMs: number; personMs: number; limit: number },
  ): Promise<RunnableJob[]>
  /** All unknown attempts of a provider, in the same form, oldest first. */
  unresolved(provider: string, limit: number): Promise<RunnableJob[]>
  /** All of them or, when one is not unknown any more, none: what one rests on may rest on the others. */
  resolve(resolutions: Resolution[]): Promise<Resolved[]>
  /** What was found, though it does not say enough. */
  keepFinding(attemptIds: string[], evidence: Evidence): Promise<void>
  /** The provider's ids as verified callbacks told them, for attempts that have none. Micro-batched. */
  hint(attemptId: string, providerRef: string): Promise<void>
  /** Takes it for the provider's id of this attempt, live or unknown. False if our fence is old or the id another attempt's. */
  adopt(attemptId: string, fence: bigint, providerRef: string): Promise<boolean>
  /** All calls of a provider that were out at some time in between and may have been paid. */
  callsBetween(provider: string, from: Date, to: Date): Promise<CountedCall[]>
  /** For the operator, oldest first. */
  list(page: {
    limit: number
    cursor?: string
  }): Promise<{ unknown: UnknownAttempt[]; nextCursor: string | null }>
  /** Of all: how many, what they keep, how many wait for a person, and since when the oldest. */
  totals(): Promise<{ count: number; held: Nano; forPerson: number; oldest: Date | null }>
  /** One attempt, whatever its state. */
  find(attemptId: string): Promise<(UnknownAttempt & { paid: boolean | null }) | null>
}
