import type { OutboxMessage } from '@halftone/ledger'

/** What OpenAI tells of a batch's end. */
export interface BatchEvent {
  id: string
  object: 'event'
  type: 'batch.completed' | 'batch.cancelled' | 'batch.expired'
  created_at: number
  data: { id: string }
}

/** The event in OpenAI's words, where it is of a bulk that was ordered as one of their batches; null: it is not. */
export function batchEvent({ id, createdAt, job, bulk }: OutboxMessage): BatchEvent | null {
  const batchId = bulk?.metadata.openai_batch_id
  if (job || !bulk || typeof batchId !== 'string') return null
  const type =
    bulk.status === 'canceled'
      ? 'batch.cancelled'
      : bulk.counts.expired > 0
        ? 'batch.expired'
        : 'batch.completed'
  const created_at = Math.floor(createdAt.getTime() / 1_000)
  return { id, object: 'event', type, created_at, data: { id: batchId } }
}
