import type { ArtifactStore } from '@halftone/artifacts'
import type { Clock, PriceOf, Signals } from '@halftone/contracts'
import type { Ledger } from '@halftone/ledger'
import type { Market } from '@halftone/market'
import type { Once } from '@halftone/queue'
import type { Checks, Logger, Registry } from '@halftone/service-kit'
import type { AcceptBulkParts } from './accept/accept-bulk.ts'
import type { CheckUrl } from './accept/check-webhook.ts'
import type { QuoteBulkParts } from './accept/quote-bulk.ts'
import type { Authenticator } from './auth.ts'
import type { EventStreams } from './event-streams.ts'
import type { ExpressLane } from './express-lane.ts'
import type { IdempotencyGate } from './idempotency.ts'
import type { Undelivered } from './openai/undelivered.ts'
import type { PartialWatch } from './openai/watch-partials.ts'
import type { CancelTeller } from './tell-canceled.ts'
import type { JobWaits } from './wait-for-jobs.ts'
import type { StoreWatch } from './watch-stores.ts'

/** All that the routes need, wired by `main.ts` or by a test. */
export interface ProducerParts {
  ledger: Ledger
  store: ArtifactStore
  market: Pick<Market, 'view'>
  signals: Pick<Signals, 'publish'>
  /** By the current price book. */
  priceOf: PriceOf
  /** Ids of the providers that have a key. */
  configured: ReadonlySet<string>
  accept: AcceptBulkParts
  quote: QuoteBulkParts
  express: ExpressLane
  auth: Authenticator
  idempotency: IdempotencyGate
  canceled: CancelTeller
  waits: JobWaits
  streams: EventStreams
  stores: StoreWatch
  partials: PartialWatch
  undelivered: Undelivered
  /** How long an OpenAI-compatible call is held open. */
  syncTimeoutMs: number
  /** Reads new batches of OpenAI's words, and ends those that are done. */
  batches: { wake(): void }
  /** How long such a batch's jobs may take: long enough that providers' own batch tiers may do them. */
  batchWindowMs: number
  /** Base of links to this API, without trailing slash. */
  publicUrl: string
  urlSecret: string
  checkUrl: CheckUrl
  /** What providers call back: `secrets` by provider id, of those that sign. */
  callbacks: { secrets: Readonly<Record<string, string>>; once: Pick<Once, 'first'> }
  clock: Clock
  checks: Checks
  registry: Registry
  log: Logger
}
