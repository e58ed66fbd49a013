import type {
  BookedRule,
  ContentType,
  Floors,
  Measured,
  ModelHealth,
  ModelSpec,
  PoolState,
  ProbeResult,
  ProviderSpec,
  QualityBook,
} from '@halftone/contracts'

/** What this process knows of prices and health right now. Immutable: a change makes a new one. */
export interface MarketView {
  /** Rises by one with every change of anything below: plans are kept per shape and market version. */
  version: number
  priceVersion: number
  /** Epoch ms of the last time prices were known to be complete and current. */
  pricesAsOf: number
  /** Providers whose prices are older than allowed: epoch ms of when they were last known to be true. Absent: none. */
  staleProviders?: ReadonlyMap<string, number>
  providers: ReadonlyMap<string, ProviderSpec>
  /** Providers whose pools the operator took out of work. Absent: none. */
  pools?: ReadonlyMap<string, Exclude<PoolState, 'active'>>
  /** Their quality is what is known now: priors, overruled by what was measured. */
  models: readonly ModelSpec[]
  /** The same models as the catalogue has them. Absent: nothing was measured. */
  priors?: readonly ModelSpec[]
  /** What was measured, by provider/model key. Absent: nothing. */
  measured?: ReadonlyMap<string, Readonly<Partial<Record<ContentType, Measured>>>>
  /** As it is stored; for whoever shows it. */
  quality?: QualityBook
  /** Current rules by provider/model key. */
  rules: ReadonlyMap<string, readonly BookedRule[]>
  /** By provider/model key; absent = nothing known, taken as healthy. */
  health: ReadonlyMap<string, ModelHealth>
  /** The last free call to each provider, by its id; plans do not go by it. Absent: none. */
  probes?: ReadonlyMap<string, ProbeResult>
  floors: Floors
  /** Floors of single projects, by project id; they go before `floors`. Absent: none. */
  projectFloors?: ReadonlyMap<string, Floors>
}

export type MarketPart = 'prices' | 'health' | 'pools' | 'quality'

/** The live view of one process. Starts with a full load; then follows signals, heals gaps, and re-reads at a slow beat. */
export interface Market {
  view(): MarketView
  /** Called after each change, with what changed. */
  onChange(handler: (view: MarketView, what: MarketPart) => void): void
}
