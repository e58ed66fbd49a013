import type { Acceptance } from './ports/acceptance.ts'
import type { Classification } from './ports/classification.ts'
import type { ClientBatches } from './ports/client-batches.ts'
import type { BulkControls } from './ports/controlling.ts'
import type { Dispatch } from './ports/dispatching.ts'
import type { Lots } from './ports/lots.ts'
import type { Attempts } from './ports/paying.ts'
import type { Pools } from './ports/pools.ts'
import type { PriceStore } from './ports/pricing.ts'
import type { Projects } from './ports/projects.ts'
import type { QualityStore } from './ports/quality.ts'
import type { Quotes } from './ports/quoting.ts'
import type { Files, JobReader } from './ports/reading.ts'
import type { Reconciliation } from './ports/reconciling.ts'
import type { Recovery } from './ports/recovering.ts'
import type { Outbox } from './ports/sending.ts'
import type { Endpoints } from './ports/subscribing.ts'
import type { Events } from './ports/telling.ts'
import type { Usage } from './ports/usage.ts'

export type * from './ports/acceptance.ts'
export type * from './ports/classification.ts'
export type * from './ports/client-batches.ts'
export type * from './ports/controlling.ts'
export type * from './ports/dispatching.ts'
export type * from './ports/lots.ts'
export type * from './ports/paying.ts'
export type * from './ports/pools.ts'
export type * from './ports/pricing.ts'
export type * from './ports/projects.ts'
export type * from './ports/quality.ts'
export type * from './ports/quoting.ts'
export type * from './ports/reading.ts'
export type * from './ports/reconciling.ts'
export type * from './ports/recovering.ts'
export type * from './ports/sending.ts'
export type * from './ports/subscribing.ts'
export type * from './ports/telling.ts'
export type * from './ports/usage.ts'

/**
 * The truth, behind verbs. Every verb is one committed transaction; those on hot paths share one
 * with their neighbours (micro-batching), which the caller does not see.
 */
export interface Ledger {
  projects: Projects
  accept: Acceptance
  jobs: JobReader
  bulks: BulkControls
  files: Files
  classify: Classification
  dispatch: Dispatch
  attempts: Attempts
  lots: Lots
  clientBatches: ClientBatches
  recovery: Recovery
  reconciliation: Reconciliation
  outbox: Outbox
  events: Events
  endpoints: Endpoints
  prices: PriceStore
  quotes: Quotes
  pools: Pools
  quality: QualityStore
  usage: Usage
  /** `select 1`; throws when Postgres is out of reach. */
  ping(): Promise<void>
  stop(): Promise<void>
}
