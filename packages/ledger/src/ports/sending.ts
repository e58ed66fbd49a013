import type { WebhookEventType } from '@halftone/contracts'
import type { BulkRow, JobRow } from './reading.ts'

export interface OutboxMessage {
  id: string
  projectId: string
  type: WebhookEventType
  sequence: number
  url: string
  tries: number
  createdAt: Date
  job: JobRow | null
  bulk: BulkRow | null
}

export interface Outbox {
  /** Takes due messages for `leaseMs` (their next try moves that far), so that two senders do not send the same. */
  take(limit: number, leaseMs: number): Promise<OutboxMessage[]>
  delivered(results: { id: string; status: number }[]): Promise<void>
  /** `retryInMs` null: given up. */
  failed(
    results: { id: string; status: number | null; error: string; retryInMs: number | null }[],
  ): Promise<void>
  /** Milliseconds until the next message is due; null if none waits. */
  nextDueMs(): Promise<number | null>
}
