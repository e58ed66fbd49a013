import type { BookedRule, JobBody, Nano, PriceRule } from '@halftone/contracts'
import type { JobInputs } from './ledger.ts'

/**
 * `operator`: somebody's file, believed as it is. `authority`: the one feed that sets a provider's prices.
 * `tripwire`: only ever compared, never a price.
 */
export type PriceSourceRole = 'operator' | 'authority' | 'tripwire'

export interface PriceSourceRow {
  id: string
  role: PriceSourceRole
  /** Whose prices it may set. */
  providers: string[]
  checkedAt: Date | null
  answeredAt: Date | null
  changedAt: Date | null
  /** Since when it says what it says. */
  sameSince: Date | null
  /** Polls in a row without an answer. */
  misses: number
  lastError: string | null
}

export interface PriceSources {
  /** The sources that are configured now; all others are put aside. */
  declare(sources: readonly Pick<PriceSourceRow, 'id' | 'role' | 'providers'>[]): Promise<void>
  list(): Promise<PriceSourceRow[]>
}

/**
 * `leap`: moved too far at once; `gone`: no longer listed; `shrunk`: a whole refresh that lacks too much (these three are
 * believed when said again). `nonsense`: zero, negative, out of band: believed only by the operator.
 */
export type QuarantineKind = 'leap' | 'nonsense' | 'gone' | 'shrunk'

export interface QuarantineFinding {
  kind: QuarantineKind
  /** null: the whole refresh. */
  ruleId: string | null
  reason: string
  /** The rule as the source wants it; of a whole refresh, the ids that it lacks. */
  reading: PriceRule | { missing: string[] }
  /** Findings of equal digest say the same. */
  digest: string
}

export interface QuarantineRow extends QuarantineFinding {
  id: number
  source: string
  state: 'held' | 'released' | 'refused'
  decidedBy: 'poll' | 'source' | 'operator' | null
  polls: number
  firstSeen: Date
  lastSeen: Date
  decidedAt: Date | null
}

export interface PriceChange {
  booked: BookedRule
  previous: PriceRule | null
}

export interface PriceQuarantine {
  /** Newest first. */
  list(filter: { state?: QuarantineRow['state']; limit: number }): Promise<QuarantineRow[]>
  /** What binds the next poll of this source: all that is held, what the operator refused, and the shrunken refreshes of the last two days that were let in. */
  binding(source: string): Promise<QuarantineRow[]>
  /**
   * Writes one poll down: a finding that was there counts one poll more, `confirmed` ones are released, and the others,
   * if the poll was `complete`, were taken back by their source.
   */
  report(
    source: string,
    poll: { findings: QuarantineFinding[]; confirmed: number[]; complete: boolean },
  ): Promise<void>
  /** The operator believes it: its rule goes into the book, in the same transaction. Empty: there is no such held row, or it is a whole refresh, which the next poll lets in. */
  release(id: number): Promise<PriceChange[]>
  /** The operator does not: it is not asked again while the source says the same. False: there is no such held row. */
  refuse(id: number): Promise<boolean>
}

export const priceEventKinds = [
  'price.changed',
  'price.disagreement',
  'price.quarantined',
  'price.released',
  'price.stale',
  'price.drift',
  'model.discovered',
] as const
export type PriceEventKind = (typeof priceEventKinds)[number]

export interface NewPriceEvent {
  kind: PriceEventKind
  /** An event of the same kind and key is written once. null: always. */
  key: string | null
  detail: Record<string, unknown>
}

export interface PriceEvent {
  id: number
  kind: PriceEventKind
  at: Date
  detail: Record<string, unknown>
}

export interface PriceEvents {
  /** Answers those that were news. */
  record(events: readonly NewPriceEvent[]): Promise<NewPriceEvent[]>
  /** Newest first; `before` is the last id of the page before. */
  list(filter: { kind?: PriceEventKind; before?: number; limit: number }): Promise<PriceEvent[]>
}

/** A call that made its pictures and was paid, with what its price is recomputed from. */
export interface PaidCall {
  attemptId: string
  rule: PriceRule
  priceVersion: number
  cost: Nano
  pictures: number
  /** As it was asked for; null: the model has no such setting. */
  quality: string | null
  body: JobBody
  inputs: JobInputs
}
