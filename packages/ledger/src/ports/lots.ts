import type { Nano } from '@halftone/contracts'
import type { RunnableJob } from './paying.ts'

type LotState = 'collecting' | 'submitting' | 'submitted' | 'ended' | 'lost'

export interface LotRow {
  id: string
  provider: string
  account: string
  model: string
  /** As the caller asks for it: generate, edit or variation. */
  operation: string
  /** The mask template of its edits; '' = none. */
  template: string
  state: LotState
  fence: bigint
  inputFile: string | null
  providerRef: string | null
  lines: number
  returnBy: Date | null
  cancelAskedAt: Date | null
  createdAt: Date
  closedAt: Date | null
  submittedAt: Date | null
}

/** One that collects, with the jobs that wait for it. */
export interface CollectingLot {
  lot: LotRow
  waiting: number
  /** The soonest deadline among them. */
  soonest: Date
}

export interface LotLine {
  jobId: string
  generation: number
  attemptId: string
  /** The price rule's operation. */
  operation: string
  ruleId: string
  priceVersion: number
  worst: Nano
}

export interface LotClaim {
  lotId: string
  fence: bigint
  lines: LotLine[]
  /** When it must be canceled if it has not ended, so that all its lines' deadlines can be kept. */
  returnBy: Date
  simulated: boolean
}

/**
 * A lot's life. Whoever holds it has its lease, and writes under its fence; who lost it is answered false, or nothing.
 * Its lines settle one by one as any attempt does, under the same fence.
 */
export interface Lots {
  /** The lots that jobs wait for in a provider's batch pool, made where there were none. */
  collecting(provider: string): Promise<CollectingLot[]>
  /** Jobs that wait for it, soonest due first. */
  waiting(lotId: string, limit: number): Promise<string[]>
  /** These wait for a lot no longer: they are planned again, without what is to be avoided. */
  leave(jobIds: readonly string[], avoid: string | null): Promise<void>
  /** Takes it, if nobody holds it: a new fence, for its live lines too. null: it is held, or has ended. */
  hold(lotId: string, owner: string, leaseMs: number): Promise<LotRow | null>
  /** Keeps the leases; answers whose are still kept. */
  extend(owner: string, leaseMs: number, lotIds: readonly string[]): Promise<string[]>
  /** Others may take them at once. */
  release(owner: string, lotIds: readonly string[]): Promise<void>
  /** Those of these providers that were sent, or may have been, and that nobody holds. */
  orphans(providers: readonly string[], limit: number): Promise<string[]>
  /**
   * collecting → submitting with an attempt for every line, in one commit: it may be sent. A line whose job is not
   * waiting any more is left out; one whose hold may not be raised goes back to be planned. Answers the attempts that
   * were made; null if our fence is old, empty if no line was left (then it collects on). Repeated, it answers the same.
   */
  claim(claim: LotClaim): Promise<{ attemptIds: string[] } | null>
  /** The provider's id of what was uploaded for it. False: it is not ours any more, and must not be sent. */
  keepFile(lotId: string, fence: bigint, fileId: string): Promise<boolean>
  /** submitting → submitted, with its lines. */
  submitted(lotId: string, fence: bigint, providerRef: string): Promise<boolean>
  cancelAsked(lotId: string, fence: bigint): Promise<boolean>
  /** Lines without an end, each with its attempt in place of a live one and the choice it was made by. */
  openLines(lotId: string, options: { after: string | null; limit: number }): Promise<RunnableJob[]>
  /** The same, of these attempts. */
  linesOf(lotId: string, attemptIds: readonly string[]): Promise<RunnableJob[]>
  /** Nobody wants it any more: all its open lines are canceled. */
  isUnwanted(lotId: string): Promise<boolean>
  /** → ended, or lost. False while a line of it has a live attempt. */
  end(lotId: string, fence: bigint, state: 'ended' | 'lost'): Promise<boolean>
}
