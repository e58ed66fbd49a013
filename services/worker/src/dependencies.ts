import type { ArtifactStore, ImageFacts } from '@halftone/artifacts'
import type { Clock, ImageFormat, Nano, PriceOf, ProviderSpec, Random } from '@halftone/contracts'
import type { Attempts, Dispatch, PriceStore, Reconciliation } from '@halftone/ledger'
import type { Breakers, RateLimits } from '@halftone/limits'
import type { MarketView } from '@halftone/market'
import type { ImageProvider } from '@halftone/providers'
import type { Logger } from '@halftone/service-kit'
import type { AttemptNotes } from './attempt-notes.ts'
import type { Bells } from './bells.ts'
import type { LiveCalls } from './live-calls.ts'
import type { Reports } from './report.ts'
import type { Settings } from './settings.ts'
import type { Partials } from './show-partials.ts'

/** All that the way of a job needs; wired in main.ts, handed in by tests. */
export interface Dependencies {
  attempts: Attempts
  /** Ends jobs that no call is out for. */
  endWaiting: Dispatch['end']
  /** Keeps the provider's id that a callback named. */
  adopt: Reconciliation['adopt']
  priceHistory: PriceStore['history']
  market(): MarketView
  /** Prices by the rules of that view. */
  priceOf(view: MarketView): PriceOf
  limits: RateLimits
  breakers: Pick<Breakers, 'gate'>
  limitsOf(provider: string): ProviderSpec['limits']
  artifacts: ArtifactStore
  notes: AttemptNotes
  partials: Partials
  pictures: {
    /** What the bytes really are; throws if they are no complete picture. */
    check(bytes: Uint8Array): Promise<ImageFacts>
    /** Throws unless the source is lossless. */
    transcode(bytes: Uint8Array, format: ImageFormat): Promise<Uint8Array>
  }
  providers: ReadonlyMap<string, ImageProvider>
  liveCalls: LiveCalls
  bells: Bells
  reports: Reports
  meter: Meter
  settings: Settings
  /** Aborted when this process takes nothing new any more. */
  stopping: AbortSignal
  clock: Clock
  /** Milliseconds that never jump: what is measured by it holds though the clock is set. */
  monotonic: Clock
  random: Random
  /** Resolves early when the signal is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  log: Logger
}

/** What is counted. */
export interface Meter {
  attempt(provider: string, outcome: string): void
  callSeconds(provider: string, seconds: number): void
  settled(provider: string, cost: Nano): void
}
