import type { ModelSpec } from './catalogue.ts'
import type { ContentType } from './content-types.ts'
import type { ImageRequest } from './job.ts'
import type { Nano } from './money.ts'
import type { Measured } from './quality.ts'
import type { BreakerState } from './signals.ts'
import type { PoolState } from './states.ts'

/** What a model's price rules say of one request. */
export interface Priced {
  /** The rule's operation: `inpaint` is narrower than `edit` and wins. */
  operation: string
  ruleId: string | null
  priceVersion: number | null
  /** Expected cost of all n; null = the price is not known. */
  cost: Nano | null
  /** The most it can cost: this is held. null when `cost` is. */
  worst: Nano | null
  /** Why there is no cost, when there is none. */
  reason: string | null
}

/**
 * Prices one request at one model with the quality that would be sent. Narrowest rule wins; no rule = unknown. `batch`:
 * as a line of a lot.
 */
export type PriceOf = (
  spec: ModelSpec,
  request: ImageRequest,
  quality: string | null,
  batch?: boolean,
) => Priced

/** One model as the market has it now, priced for one request. */
export interface Offer extends Priced {
  spec: ModelSpec
  /** The quality that would be sent; null = none. */
  quality: string | null
  /** p95 for this size, without queueing. */
  latencyMs: number
  /** How long a new job of this project would wait for this provider's pool now, given rate and backlog. */
  waitMs: number
  breaker: BreakerState
  /** Why it opened, if it is not closed. */
  breakerReason?: string
  /** 0..1: share of good outcomes lately. */
  health: number
  /** 0..1: share of calls that were told to wait lately; absent: none. */
  throttled?: number
  /** The least quality score over the plausible content types, 0..1. */
  score: number
  /** What its quality rests on where it was measured; absent: priors alone. */
  measured?: Readonly<Partial<Record<ContentType, Measured>>>
  /** Epoch ms of when its provider's prices were last known to be true; only there if that is too long ago. */
  pricesStaleSince?: number
  /** What the operator said of its provider's pool; absent: it works. */
  poolState?: Exclude<PoolState, 'active'>
  /** A key for this provider is configured. */
  configured: boolean
  /** It is the model's batch tier; absent: the live one. `discounted`: it is cheaper for this request. */
  batch?: { discounted: boolean }
}
