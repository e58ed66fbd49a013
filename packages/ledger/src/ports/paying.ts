import type { EndedStatus, JobStatus, Nano, Plan, PublicError } from '@halftone/contracts'
import type { WaitingJob } from './dispatching.ts'
import type { AttemptRow, StoredImage } from './reading.ts'

export interface ClaimRequest {
  jobId: string
  generation: number
  owner: string
  leaseMs: number
  attemptId: string
  provider: string
  model: string
  account: string
  operation: string
  ruleId: string
  priceVersion: number
  worst: Nano
  simulated: boolean
}

export type Claim =
  /** The intent is committed: the call may be made. */
  | { kind: 'claimed'; attemptId: string; fence: bigint }
  /** An earlier call's lease ran out; it is ours now, and its outcome must be found, not bought again. */
  | { kind: 'takeover'; attempt: AttemptRow; fence: bigint }
  /** Another worker is on it, or the ticket is void (older generation, ended, canceled): drop the ticket. */
  | { kind: 'busy' | 'void' }
  /** The price rose above what is held and the raise was refused: the job is back with the dispatcher already. */
  | { kind: 'refused' }

/** What a worker needs to prepare a call; read in batches before the claim. */
export interface RunnableJob extends WaitingJob {
  status: JobStatus
  cancelRequested: boolean
  choice: Plan['choice']
  liveAttempt: AttemptRow | null
  /** Its attempts that failed at a provider; being told to wait is no failure. */
  failedAttempts: number
}

export type Finish = {
  attemptId: string
  fence: bigint
} /** `live`: what a lot's line would have cost at the live tier. */ & (
  | { kind: 'succeeded'; cost: Nano; images: StoredImage[]; live?: Nano | null }
  /** The job ends failed. `cost` is what the provider charges for it (0n: nothing). */
  | { kind: 'failed'; cost: Nano; error: PublicError }
  /** Not paid: the job goes back to be planned again. `avoid`: do not choose this again for this job. */
  | { kind: 'released'; error: PublicError; avoid: string | null; delayMs: number }
  /** May have been paid: its money stays held. `rebuy`: the job may be bought once more (the ledger takes a second hold; it ends the job if a budget refuses, or it was bought again before). */
  | { kind: 'unknown'; error: PublicError; rebuy: boolean; avoid: string | null }
  /** The provider canceled it; `cost` is what it charges. */
  | { kind: 'canceled'; cost: Nano }
)

/** `late`: somebody else finished it, or our fence is old. Nothing was written. */
export type Finished =
  | { kind: 'ended'; status: EndedStatus; bulkId: string | null; jobId: string }
  | { kind: 'returned' }
  /** It was given up as unknown before; now the truth is booked. `status`: how the job ended, if this ended it. */
  | { kind: 'resolved'; status: EndedStatus | null; bulkId: string | null; jobId: string }
  | { kind: 'late' }

export interface Attempts {
  /** The jobs of these tickets as they are now, plan's choice included. Micro-batched. */
  load(jobId: string): Promise<RunnableJob | null>
  /** dispatched → running with the attempt row `submitting`, in one commit. Micro-batched. */
  claim(request: ClaimRequest): Promise<Claim>
  /** submitting → submitted, with the provider's own id. Micro-batched. */
  submitted(attemptId: string, fence: bigint, providerRef: string): Promise<void>
  /** Settles money, ends the job (or returns it) and writes the outbox, in one transaction. Micro-batched. Repeated after `unavailable`, it books nothing twice and answers the same. */
  finish(finish: Finish): Promise<Finished>
  /** One statement for all live attempts that this process was told it holds (a claim whose answer got lost runs out), by Postgres time. */
  extendLeases(owner: string, leaseMs: number): Promise<void>
  /**
   * This process stops: its leases are extended no more, and those of calls that the provider knows by an id end now, so
   * that others follow them. What is being sent may still come to its end here, until its lease runs out.
   */
  handOver(owner: string): Promise<void>
  /** Before any call was made: the job goes back to be planned again (its ticket is stale, a breaker opened). */
  giveBack(jobId: string, generation: number, avoid: string | null, delayMs: number): Promise<void>
  /** What unknown attempts are there, for reports and reconciliation. */
  unknown(): Promise<AttemptRow[]>
}
