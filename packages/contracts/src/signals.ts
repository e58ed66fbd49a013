import { z } from 'zod'
import { imageFormats } from './job.ts'

/**
 * Messages between processes over Redis pub/sub. Each is a hint that may be lost: whoever listens
 * also reads the truth (Postgres) at a slow beat, or on a gap in versions.
 */

/** One per changed rule, sent after the commit. `version` rises by one each time: a gap means "reload". */
export const priceChangedSchema = z.strictObject({
  version: z.int(),
  rule_id: z.string(),
  /** Amounts are of the rule's leading component, for people; the rule itself is read from the book. */
  old_nano: z.string().nullable(),
  new_nano: z.string().nullable(),
  status: z.string(),
  source: z.string(),
  observed_at: z.string().nullable(),
})
export type PriceChanged = z.infer<typeof priceChangedSchema>

export const breakerStates = ['closed', 'open', 'half_open'] as const
export type BreakerState = (typeof breakerStates)[number]

/** The health service's view of one provider and model, published whole whenever it changes and at a slow beat. */
export const modelHealthSchema = z.strictObject({
  provider: z.string(),
  model: z.string(),
  breaker: z.enum(breakerStates),
  /** 0..1: share of good outcomes, recent ones weighing more. */
  health: z.number(),
  /** From what calls really took; null until there are enough. Keyed by "WIDTHxHEIGHT"; "any" is all sizes. */
  latency_ms: z.record(z.string(), z.strictObject({ p50: z.number(), p95: z.number() })),
  /** 0..1: share of calls that were told to wait (429) lately; absent: none. */
  throttled: z.number().optional(),
  /** Of a breaker that is not closed: why it opened, and when it turns (or turned) half open. */
  reason: z.string().optional(),
  until: z.string().optional(),
})
export type ModelHealth = z.infer<typeof modelHealthSchema>

/** What a free call to a provider showed; `fault` is an error code, null = it is well. */
export const probeResultSchema = z.strictObject({
  provider: z.string(),
  at: z.string(),
  ms: z.number(),
  fault: z.string().nullable(),
})
export type ProbeResult = z.infer<typeof probeResultSchema>

export const healthSnapshotSchema = z.strictObject({
  version: z.int(),
  at: z.string(),
  models: z.array(modelHealthSchema),
  /** The last free call to each provider. */
  probes: z.array(probeResultSchema).optional(),
})
export type HealthSnapshot = z.infer<typeof healthSnapshotSchema>

/** What one finished call was like. Verdict: `fault` speaks against the provider; `neutral` (refusals, caller's mistakes, 429) does not. */
export const outcomeSchema = z.strictObject({
  provider: z.string(),
  model: z.string(),
  size: z.string(),
  verdict: z.enum(['ok', 'fault', 'neutral']),
  code: z.string().nullable(),
  ms: z.number(),
})
export type Outcome = z.infer<typeof outcomeSchema>

export const signalSchemas = {
  price: priceChangedSchema,
  health: healthSnapshotSchema,
  /** Finished calls, batched. */
  outcomes: z.array(outcomeSchema),
  probe: probeResultSchema,
  /** Jobs that ended, batched: wakes whoever waits for one. */
  ended: z.array(z.strictObject({ job_id: z.string(), bulk_id: z.string().nullable() })),
  /** A picture of the work under way is in the artifact store. */
  partial: z.strictObject({
    job_id: z.string(),
    index: z.int(),
    sha256: z.string(),
    width: z.int(),
    height: z.int(),
    format: z.enum(imageFormats),
  }),
  /** Work for the dispatcher: jobs were classified, came back, or a slot became free. */
  dispatch: z.strictObject({}),
  /** The operator paused, drained or resumed a pool, or one is drained now. */
  pools: z.strictObject({}),
  /** Quality was measured, or a floor set. */
  quality: z.strictObject({}),
  /** Another process may lead: whoever led stops. */
  lead: z.strictObject({}),
  /** Work for the webhooks service: the outbox has new rows. */
  outbox: z.strictObject({}),
  /** Running attempts whose job was canceled: the worker tells the provider. */
  cancel: z.array(z.string()),
  /** Providers called back about these attempts: whoever has one out asks the provider now. */
  callback: z.array(z.strictObject({ attempt_id: z.string(), provider_ref: z.string().nullable() })),
} as const

export type SignalName = keyof typeof signalSchemas
export type Signal<N extends SignalName> = z.infer<(typeof signalSchemas)[N]>

/** Typed publish/subscribe. Publishing never throws: a lost hint costs time and nothing else. */
export interface Signals {
  publish<N extends SignalName>(name: N, message: Signal<N>): Promise<void>
  /** Resolves once subscribed. `onGap` is called after every reconnect, since messages may have been lost. */
  subscribe<N extends SignalName>(
    name: N,
    handler: (message: Signal<N>) => void,
    onGap?: () => void,
  ): Promise<void>
}
