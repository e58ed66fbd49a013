import { z } from 'zod'
import { contentTypes } from './content-types.ts'
import { jobBodySchema } from './job.ts'
import { usdSchema } from './money.ts'
import { breakerStates } from './signals.ts'
import { bulkStatuses, jobStatuses, poolStates } from './states.ts'

/** Every answer of the native routes. Money is a decimal string. */

export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  field: z.string().nullable().describe('JSON pointer of the field that is wrong'),
  limit: z.union([z.string(), z.number()]).nullable(),
  next: z.string().nullable().describe('what to do about it'),
})
export type Problem = z.infer<typeof problemSchema>

const usd = z.string()

export const publicErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string().nullable(),
  field: z.string().optional(),
  limit: z.union([z.string(), z.number()]).optional(),
})

export const candidateSchema = z.object({
  provider: z.string(),
  model: z.string(),
  operation: z.string(),
  cost_usd: usd.nullable(),
  cost_per_image_usd: usd.nullable(),
  cost_per_megapixel_usd: usd.nullable(),
  cost_per_step_usd: usd.nullable(),
  expected_ms: z.number(),
  quality: z.number(),
  batch: z.boolean(),
  eligible: z.boolean(),
  reason: z.string().nullable(),
})

export const imageSchema = z.object({
  file_id: z.string(),
  url: z.string(),
  width: z.int(),
  height: z.int(),
  format: z.string(),
  bytes: z.int(),
})
export type ImageAnswer = z.infer<typeof imageSchema>

export const attemptSchema = z.object({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  account: z.string(),
  state: z.string(),
  provider_ref: z.string().nullable(),
  cost_usd: usd.nullable(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
  error: publicErrorSchema.nullable(),
  lot_id: z.string().optional().describe('the lot that it was a line of'),
  live_usd: usd.optional().describe('of a line of a lot: what it would have cost without waiting'),
})

export const chainSchema = z.object({
  root: z.string().describe('the job that all others of the chain descend from'),
  parent: z.string().nullable(),
  depth: z.int().describe('edits between the root and this job, itself included'),
  jobs: z.int(),
  cost_usd: usd.describe('what all its jobs have cost so far'),
  fresh_usd: usd.describe('what those that succeeded would have cost as new pictures'),
  held_usd: usd,
  limit_usd: usd.nullable().describe('the most that the chain may cost: budget.max_chain_usd'),
})
export type ChainAnswer = z.infer<typeof chainSchema>

export const jobAnswerSchema = z.object({
  id: z.string(),
  status: z.enum(jobStatuses),
  operation: z.string(),
  images: z.array(imageSchema),
  cost_usd: usd.nullable(),
  quoted_usd: usd.nullable(),
  baseline_usd: usd.nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  content_type: z
    .object({
      label: z.enum([...contentTypes, 'unknown']),
      confidence: z.number(),
      source: z.enum(['hint', 'model', 'rules', 'second_opinion']),
      words: z.array(z.string()).optional(),
    })
    .nullable(),
  /** Of an edit: the caller's kind, else what its instruction says; `kind` null where it says none. */
  edit_kind: z
    .object({
      kind: z.string().nullable(),
      source: z.enum(['caller', 'rules']),
      words: z.array(z.string()).optional(),
    })
    .nullable(),
  mask_template: z
    .string()
    .nullable()
    .describe('the predefined template that its mask is, named or recognised'),
  batch: z.boolean(),
  latency_missed: z.boolean(),
  simulated: z.boolean(),
  attempts: z.array(attemptSchema),
  why: z.object({ summary: z.string(), candidates: z.array(candidateSchema) }).nullable(),
  chain: chainSchema.nullable().describe('of a job that edits go on from, or that goes on with one'),
  notes: z.array(z.string()).describe('in words: what its owner may want to know'),
  error: publicErrorSchema.nullable(),
  bulk_id: z.string().nullable(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
})
export type JobAnswer = z.infer<typeof jobAnswerSchema>

/** The fields of a bulk beside its jobs: the JSON body's, and the NDJSON header's under its sole key `bulk`. */
export const bulkFieldsSchema = z.strictObject({
  defaults: z.record(z.string(), z.unknown()).optional(),
  budget: z.strictObject({ max_cost_usd: usdSchema }).optional(),
  deadline: z.iso.datetime({ offset: true }).optional(),
  webhook: jobBodySchema.shape.webhook,
  webhook_mode: z.enum(['job', 'bulk', 'both']).default('bulk'),
  quote_id: jobBodySchema.shape.quote_id,
  metadata: jobBodySchema.shape.metadata,
})
export type BulkFields = z.infer<typeof bulkFieldsSchema>

export const bulkAcceptedSchema = z.object({
  id: z.string(),
  accepted: z.int(),
  rejected: z.array(z.object({ index: z.int(), error: publicErrorSchema })),
  reserved_usd: usd,
  expected_usd: usd,
  expected_finish: z.string(),
})
export type BulkAccepted = z.infer<typeof bulkAcceptedSchema>

/** What a bulk's failed jobs are bought once more as: a bulk of their own. */
export const bulkRetriedSchema = bulkAcceptedSchema.extend({
  retry_of: z.string(),
  skipped: z.object({
    retried: z.int().describe('bought once more before'),
    unknown: z.int().describe('may have been paid: whether they were is being found out'),
  }),
})
export type BulkRetried = z.infer<typeof bulkRetriedSchema>

/** An edit by mask beside making the whole picture anew. */
export const breakEvenSchema = z.object({
  masked_pixels: z.int(),
  edit_cost_usd: usd.nullable().describe('the cheapest that can do this edit'),
  regenerate_cost_usd: usd.nullable().describe('the cheapest that can make a new picture of this size'),
  cheaper: z.enum(['edit', 'regenerate']),
  break_even_pixels: z
    .int()
    .nullable()
    .describe('the largest mask for which the edit is not the dearer way; null: it never is the dearer one'),
  full_repaint: z.boolean().describe('the mask covers the whole picture: nothing of it stays'),
})
export type BreakEven = z.infer<typeof breakEvenSchema>

/** The same job in a lot, beside the cheapest that does it now. */
export const waitingSchema = z.object({
  live_usd: usd,
  batch_usd: usd,
  saved_usd: usd.describe('what waiting saves'),
  batch_within_ms: z.int().describe('the longest that the lot may take'),
})
export type Waiting = z.infer<typeof waitingSchema>

/** The chain as it is, and as it would be after what is quoted. */
export const quotedChainSchema = chainSchema.extend({
  with_this: z.object({ cost_usd: usd.nullable(), fresh_usd: usd.nullable() }),
  fits: z.boolean().describe('false: the chain\u2019s limit does not allow it'),
})

export const quoteAnswerSchema = z.object({
  id: z.string(),
  expires_at: z.string(),
  choice: candidateSchema.nullable(),
  candidates: z.array(candidateSchema),
  break_even: breakEvenSchema.optional(),
  waiting: waitingSchema.optional(),
  chain: quotedChainSchema.optional(),
})
export type QuoteAnswer = z.infer<typeof quoteAnswerSchema>

export const bulkQuoteAnswerSchema = z.object({
  id: z.string(),
  expires_at: z.string(),
  jobs: z.int().describe('how many of them can be done'),
  total_usd: usd,
  expected_finish: z.string().nullable(),
  mix: z.array(z.object({ provider: z.string(), model: z.string(), jobs: z.int(), cost_usd: usd })),
  rejected: bulkAcceptedSchema.shape.rejected,
})
export type BulkQuoteAnswer = z.infer<typeof bulkQuoteAnswerSchema>

export const bulkAnswerSchema = z.object({
  id: z.string(),
  status: z.enum(bulkStatuses),
  counts: z.record(z.enum(jobStatuses), z.int()),
  cost_usd: usd,
  reserved_usd: usd,
  baseline_usd: usd.nullable(),
  baseline_model: z.string().nullable(),
  expected_finish: z.string().nullable(),
  retry_of: z.string().nullable().describe('the bulk whose failed jobs it buys once more'),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
})
export type BulkAnswer = z.infer<typeof bulkAnswerSchema>

export const fileAnswerSchema = z.object({
  id: z.string(),
  purpose: z.enum(['image', 'mask', 'result']),
  width: z.int(),
  height: z.int(),
  format: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  masked_pixels: z.int().nullable(),
  mask_template: z.string().nullable().describe('the predefined template that this mask is'),
  url: z.string(),
  created_at: z.string(),
})

export const priceRowSchema = z.object({
  rule_id: z.string(),
  provider: z.string(),
  model: z.string(),
  operation: z.string(),
  size: z.string().nullable(),
  quality: z.string().nullable(),
  mode: z.string(),
  steps: z.int().nullable(),
  status: z.string(),
  cost_per_image_usd: usd.nullable(),
  cost_per_megapixel_usd: usd.nullable(),
  cost_per_step_usd: usd.nullable(),
  source: z.string(),
  observed_at: z.string().nullable(),
  stale: z.boolean().optional().describe('true: too old to be chosen by'),
})

export const providerAnswerSchema = z.object({
  id: z.string(),
  status: z.enum(['up', 'degraded', 'down', 'paused', 'draining', 'drained', 'not_configured']),
  health: z.number(),
  weight: z.number(),
  breaker: z.enum(breakerStates),
  breakers: z
    .array(
      z.object({
        model: z.string(),
        state: z.enum(breakerStates),
        reason: z.string(),
        until: z.string().nullable().describe('when it turns, or turned, half open'),
      }),
    )
    .describe('its models whose breaker is not closed'),
  throttled: z.number().describe('share of calls that were told to wait lately'),
  probe: z
    .object({ at: z.string(), ms: z.number(), fault: z.string().nullable() })
    .nullable()
    .describe('the last free call, made when nothing else tells how the provider is'),
  limits: z.object({
    requests_per_minute: z.int(),
    images_per_minute: z.int().optional(),
    requests_per_day: z.int().optional(),
    concurrent: z.int(),
  }),
  depth: z.object({ waiting: z.int(), running: z.int() }),
  simulated: z.boolean(),
})

export const poolAnswerSchema = z.object({
  id: z.string().describe('the provider'),
  status: z.enum(poolStates),
  since: z.string().nullable().describe('null: the operator never said anything of it'),
  waiting: z.int(),
  running: z.int(),
})
export type PoolAnswer = z.infer<typeof poolAnswerSchema>

export const webhookEventTypes = [
  'image.job.succeeded',
  'image.job.failed',
  'image.job.canceled',
  'image.job.expired',
  'image.job.resolved',
  'image.bulk.completed',
] as const
export type WebhookEventType = (typeof webhookEventTypes)[number]

/** The body of a webhook (Standard Webhooks): ids, status, cost and signed URLs; never a picture, never the prompt. */
export const webhookBodySchema = z.object({
  type: z.enum(webhookEventTypes),
  timestamp: z.string(),
  id: z.string(),
  sequence: z.int(),
  data: z.looseObject({
    job_id: z.string().optional(),
    bulk_id: z.string().nullable(),
    status: z.string(),
    cost_usd: usd.nullable(),
    images: z.array(imageSchema).optional(),
    error: publicErrorSchema.nullable().optional(),
    metadata: z.record(z.string(), z.unknown()),
  }),
})
export type WebhookBody = z.infer<typeof webhookBodySchema>

/** What an endpoint may subscribe to. */
export const subscribableTypes = [...webhookEventTypes, 'budget.threshold_reached'] as const

/** All that can be told. Of an endpoint's own troubles, streams and logs tell: it would not hear of them itself. */
export const eventTypes = [
  ...subscribableTypes,
  // in a job's own stream
  'image.job.updated',
  'endpoint.challenge',
  'endpoint.test',
  'endpoint.failing',
  'endpoint.disabled',
] as const
export type EventType = (typeof eventTypes)[number]

/** The body of any event, in a webhook or in a stream. */
export const eventBodySchema = z.object({
  ...webhookBodySchema.shape,
  type: z.enum(eventTypes),
  data: z.record(z.string(), z.unknown()),
})
export type EventBody = z.infer<typeof eventBodySchema>
