import type { ToldEvent } from '@halftone/contracts'

/** A place in the order of events; opaque outside of the ledger. */
export type EventCursor = string

export interface EventFilter {
  types?: readonly string[]
  bulkId?: string
}

export interface EventPage {
  events: (ToldEvent & { cursor: EventCursor })[]
  /** Go on from here: behind the last event that was looked at, whether or not it passed the filter. */
  cursor: EventCursor
  /** More is there now, or is being committed: look again soon. */
  more: boolean
}

/** What happened, in an order in which nothing appears late. Kept for some days. */
export interface Events {
  /** Behind all that is committed now. */
  latest(projectId: string): Promise<EventCursor>
  /** Throws `invalid_request` for a cursor that is not one. */
  after(projectId: string, cursor: EventCursor, filter: EventFilter, limit: number): Promise<EventPage>
  /** Forgets what is older; answers how many. */
  prune(olderThanMs: number, limit: number): Promise<number>
}
