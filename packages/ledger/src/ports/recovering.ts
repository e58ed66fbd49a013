import type { EndedJob } from './dispatching.ts'

export interface Recovery {
  /** Queued for more than `olderThanMs`: their classify ticket may be lost. */
  unticketed(olderThanMs: number, limit: number): Promise<{ id: string }[]>
  /** Dispatched for more than `olderThanMs` and not running: the caller asks the queue whether the ticket still exists. */
  dispatchedSince(
    olderThanMs: number,
    limit: number,
  ): Promise<{ id: string; pool: string; generation: number }[]>
  /** Generation + 1 for lost tickets; answers what to ticket now. */
  redispatch(
    jobs: { id: string; generation: number }[],
  ): Promise<{ id: string; pool: string; generation: number }[]>
  /**
   * Live attempts whose lease ran out: generation + 1 on the job so that a fresh ticket lets a worker take over.
   * After `recoveriesMax` lost workers the job fails as `poison` and the attempt becomes unknown. A ticket that
   * nobody took is repeated after 15 s, and does not count against the job; after `orphanMs` of that (ten minutes)
   * nobody is taken to be there, and the attempt becomes unknown: the job goes on by its own policy.
   */
  expiredLeases(
    recoveriesMax: number,
    limit: number,
    orphanMs?: number,
  ): Promise<{
    retry: { id: string; pool: string; generation: number }[]
    ended: EndedJob[]
  }>
  /** Waiting jobs past their deadline become `expired`. */
  expire(limit: number): Promise<EndedJob[]>
  /** Tries the dispatcher's advisory lock on a connection of its own; null if another holds it. `alive` turns false when the connection is lost. */
  lead(name: string): Promise<{ alive(): boolean; release(): Promise<void> } | null>
}
