import type { EventType } from '@halftone/contracts'
import type { Idempotency } from './acceptance.ts'

export type EndpointMode = 'per_job' | 'per_bulk' | 'both'
export type MessageState = 'waiting' | 'held' | 'delivered' | 'exhausted'

export interface EndpointRow {
  id: string
  projectId: string
  url: string
  origin: string
  description: string
  /** Empty: all. */
  events: string[]
  mode: EndpointMode
  status: 'pending' | 'active' | 'disabled'
  disabledBecause: 'paused' | 'gone' | 'failing' | null
  failingSince: Date | null
  previousUntil: Date | null
  createdAt: Date
  verifiedAt: Date | null
}

export type NewEndpoint = Pick<EndpointRow, 'url' | 'origin' | 'description' | 'events' | 'mode'>

export interface DeliveryRow {
  id: string
  type: EventType
  jobId: string | null
  bulkId: string | null
  state: MessageState
  tries: number
  createdAt: Date
  nextAt: Date | null
  deliveredAt: Date | null
  attempts: { at: Date; status: number | null; ms: number; error: string | null; answer: string | null }[]
}

export type Replay =
  | { message: string }
  | { from: Date; to: Date; states: readonly MessageState[] }
  | { missingSince: Date }

/** Endpoints of a project; null: there is no such endpoint in it. */
export interface Endpoints {
  /**
   * Pending, with its challenge on the way. `answer` is what a repeat by the idempotency key is told. Throws
   * `impossible` beyond `max` endpoints.
   */
  create(
    projectId: string,
    endpoint: NewEndpoint,
    options: {
      max: number
      idempotency: Idempotency | null
      answer: (row: EndpointRow) => unknown
    },
  ): Promise<{ row: EndpointRow; secret: string }>
  list(projectId: string): Promise<EndpointRow[]>
  find(projectId: string, id: string): Promise<EndpointRow | null>
  /** Another URL has to answer a challenge first. */
  change(projectId: string, id: string, to: Partial<NewEndpoint>): Promise<EndpointRow | null>
  /** What waits for it is given up. */
  remove(projectId: string, id: string): Promise<boolean>
  pause(projectId: string, id: string): Promise<EndpointRow | null>
  /** What was held is sent. One that never answered a challenge gets another. */
  enable(projectId: string, id: string): Promise<EndpointRow | null>
  /** Both secrets sign for a day. */
  rotate(projectId: string, id: string): Promise<{ row: EndpointRow; secret: string } | null>
  /** Sends a test event, or, while it is pending, another challenge. Answers the message's id; throws `impossible` while it is disabled. */
  test(projectId: string, id: string): Promise<string | null>
  deliveries(
    projectId: string,
    id: string,
    filter: { state?: MessageState; type?: string; limit: number; before?: string },
  ): Promise<DeliveryRow[] | null>
  /** Under the same ids, at once. Answers how many. Throws `impossible` while it is not active. */
  replay(projectId: string, id: string, what: Replay): Promise<number | null>
}
