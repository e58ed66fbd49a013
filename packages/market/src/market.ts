import type {
  BookedRule,
  Catalogue,
  ModelHealth,
  ModelSpec,
  PoolState,
  ProbeResult,
  ProviderSpec,
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
  models: readonly ModelSpec[]
  /** Current rules by provider/model key. */
  rules: ReadonlyMap<string, readonly BookedRule[]>
  /** By provider/model key; absent = nothing known, taken as healthy. */
  health: ReadonlyMap<string, ModelHealth>
  /** The last free call to each provider, by its id; plans do not go by it. Absent: none. */
  probes?: ReadonlyMap<string, ProbeResult>
  floors: Catalogue['floors']
}

export type MarketPart = 'prices' | 'health' | 'pools'

/** The live view of one process. Starts with a full load; then follows signals, heals gaps, and re-reads at a slow beat. */
export interface Market {
  view(): MarketView
  /** Called after each change, with what changed. */
  onChange(handler: (view: MarketView, what: MarketPart) => void): void
}
