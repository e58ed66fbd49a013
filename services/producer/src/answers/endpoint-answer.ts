import { eventTypes, subscribableTypes } from '@halftone/contracts'
import type { DeliveryRow, EndpointRow } from '@halftone/ledger'
import { z } from 'zod'

export const endpointModes = ['per_job', 'per_bulk', 'both'] as const
export const messageStates = ['waiting', 'held', 'delivered', 'exhausted'] as const

export const endpointSchema = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.enum(subscribableTypes)).describe('empty: all'),
  mode: z.enum(endpointModes),
  status: z
    .enum(['pending', 'active', 'disabled'])
    .describe('pending: it has not answered its challenge with 2xx yet'),
  disabled_because: z.enum(['paused', 'gone', 'failing']).nullable(),
  failing_since: z.string().nullable().describe('it took nothing since then'),
  previous_secret_until: z.string().nullable().describe('the secret before signs too until then'),
  created_at: z.string(),
  verified_at: z.string().nullable(),
})
export type EndpointAnswer = z.infer<typeof endpointSchema>

/** The secret is in the answer that made it, and in no other. */
export const endpointWithSecretSchema = endpointSchema.extend({
  secret: z
    .string()
    .optional()
    .describe('whsec_…, shown this once; a repeat by its idempotency key is without'),
})

export const deliverySchema = z.object({
  id: z.string().describe('the `webhook-id` of every try'),
  type: z.enum(eventTypes),
  job_id: z.string().nullable(),
  bulk_id: z.string().nullable(),
  status: z.enum(messageStates),
  tries: z.int(),
  created_at: z.string(),
  next_try_at: z.string().nullable(),
  delivered_at: z.string().nullable(),
  attempts: z.array(
    z.object({
      at: z.string(),
      status: z.int().nullable(),
      latency_ms: z.int(),
      error: z.string().nullable(),
      answer: z.string().nullable().describe('the first of what your server answered, at most 1 kB'),
    }),
  ),
})

export function endpointAnswer(row: EndpointRow): EndpointAnswer {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: subscribableTypes.filter((type) => row.events.includes(type)),
    mode: row.mode,
    status: row.status,
    disabled_because: row.disabledBecause,
    failing_since: row.failingSince?.toISOString() ?? null,
    previous_secret_until: row.previousUntil?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    verified_at: row.verifiedAt?.toISOString() ?? null,
  }
}

export function deliveryAnswer(row: DeliveryRow): z.infer<typeof deliverySchema> {
  return {
    id: row.id,
    type: row.type,
    job_id: row.jobId,
    bulk_id: row.bulkId,
    status: row.state,
    tries: row.tries,
    created_at: row.createdAt.toISOString(),
    next_try_at: row.nextAt?.toISOString() ?? null,
    delivered_at: row.deliveredAt?.toISOString() ?? null,
    attempts: row.attempts.map(({ at, status, ms, error, answer }) => ({
      at: at.toISOString(),
      status,
      latency_ms: ms,
      error,
      answer,
    })),
  }
}
