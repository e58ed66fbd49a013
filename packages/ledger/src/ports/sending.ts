import type { EventType } from '@halftone/contracts'
import type { BulkRow, JobRow } from './reading.ts'

export interface OutboxMessage {
  id: string
  projectId: string
  type: EventType
  sequence: number
  url: string
  tries: number
  createdAt: Date
  job: JobRow | null
  bulk: BulkRow | null
  /** Of what is about neither. */
  data: Record<string, unknown> | null
  /** It goes to an endpoint, and is signed by these secrets of it, the newest first; null: by the project's own. */
  endpoint: { id: string; secrets: string[] } | null
}

export interface TryResult {
  id: string
  status: number | null
  /** From dialling to the end of the answer. */
  ms: number
  /** The first of what was answered, for the endpoint's owner. */
  answer: string | null
}

export type Delivered = TryResult & { status: number }

export type Failed = TryResult & {
  error: string
  /** null: given up. */
  retryInMs: number | null
  /** The receiver says that nobody lives there any more: its endpoint is disabled. */
  gone: boolean
}

export interface Outbox {
  /** Takes due messages for `leaseMs` (their next try moves that far), so that two senders do not send the same. */
  take(limit: number, leaseMs: number): Promise<OutboxMessage[]>
  /** An answered challenge makes its endpoint active: what was held for it is due then. True if that happened. */
  delivered(results: Delivered[]): Promise<boolean>
  /**
   * An endpoint that is gone, or that took nothing for five days over more than one message, is disabled: its messages
   * are held. Answers which were disabled or began to worry.
   */
  failed(results: Failed[]): Promise<EndpointTrouble[]>
  /** Milliseconds until the next message is due; null if none waits. */
  nextDueMs(): Promise<number | null>
}

export interface EndpointTrouble {
  endpointId: string
  type: 'endpoint.failing' | 'endpoint.disabled'
  because: string
}
