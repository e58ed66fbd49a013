import type { ClassifyTicket, RunTicket } from '@halftone/contracts'

/**
 * The execution plane, behind verbs. It may lose everything at any moment: tickets are hints, rebuilt from
 * Postgres by the sweepers. Ticket ids are fixed by their content, so relaying twice adds nothing.
 */
export interface Queue {
  /** Chunks of 250, four in flight; `urgent` goes before the fat ranges of a bulk. */
  askToClassify(tickets: ClassifyTicket[], options?: { urgent?: boolean }): Promise<void>
  /** One queue per pool (a provider's id). */
  askToRun(pool: string, tickets: RunTicket[]): Promise<void>
  /** Tickets waiting and being worked on, per pool. */
  depth(pools: string[]): Promise<Map<string, number>>
  /** Which of these run tickets the queue still holds. */
  holds(pool: string, tickets: { job: string; gen: number }[]): Promise<Set<string>>
  /** Takes all waiting tickets of a pool away and answers which (a breaker opened). */
  drain(pool: string): Promise<RunTicket[]>
  /** Throws when Redis is out of reach, or is set up to lose data under memory pressure (`noeviction` is required). */
  check(): Promise<void>
  close(): Promise<void>
}

/** What a handler answers: done, or "ask again in so many ms" (costs no attempt). */
export type Handled = { kind: 'done' } | { kind: 'later'; delayMs: number }

/** Works on one queue. `stop` takes nothing new and waits for running handlers until the deadline. */
export interface Consumer {
  start(): Promise<void>
  stop(deadline: number): Promise<void>
  setConcurrency(n: number): void
}

export interface ConsumerOptions<T> {
  concurrency: number
  /** `lost`: how many workers died over this ticket. */
  handle(ticket: T, lost: number): Promise<Handled>
  /** A handler that throws is a bug or a lost dependency: reported here, and the ticket comes again after a pause. */
  onError(error: unknown, ticket: T): void
}
