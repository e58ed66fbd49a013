import { createAcceptance } from './accept.ts'
import { createAttempts } from './attempts.ts'
import { createClassification } from './classify.ts'
import { createClientBatches } from './client-batches.ts'
import { createBulkControls } from './control-bulks.ts'
import { connect } from './database.ts'
import { createDispatch } from './dispatch.ts'
import { createEndpoints } from './endpoints.ts'
import { createEvents } from './events.ts'
import { createFiles } from './files.ts'
import type { Ledger } from './ledger.ts'
import { createLots } from './lots.ts'
import { createOutbox } from './outbox.ts'
import { createPools } from './pools.ts'
import { createPrices } from './prices.ts'
import { createProjects } from './projects.ts'
import { createQuality } from './quality.ts'
import { createQuotes } from './quotes.ts'
import { createJobReader } from './read-jobs.ts'
import { createReconciliation } from './reconciliation.ts'
import { createRecovery } from './recovery.ts'
import { createUsage } from './usage.ts'

export interface LedgerOptions {
  url: string
  maxConnections?: number
  /** The service's name, as `pg_stat_activity` shows it. */
  name?: string
  /** How long a verb waits for a connection before it throws `unavailable`. */
  patienceMs?: number
}

/** Connects when first asked something. The schema must be there: `migrate` makes it. */
export function createLedger({
  url,
  maxConnections = 8,
  name = 'halftone',
  patienceMs = 5_000,
}: LedgerOptions): Ledger {
  const database = connect({ url, maxConnections, name, patienceMs })
  const accept = createAcceptance(database)
  const attempts = createAttempts(database)
  const reconciliation = createReconciliation(database)
  return {
    projects: createProjects(database),
    accept,
    jobs: createJobReader(database),
    bulks: createBulkControls(database),
    files: createFiles(database),
    classify: createClassification(database),
    dispatch: createDispatch(database),
    attempts,
    lots: createLots(database),
    clientBatches: createClientBatches(database),
    recovery: createRecovery(database, url),
    reconciliation,
    outbox: createOutbox(database),
    events: createEvents(database),
    endpoints: createEndpoints(database),
    prices: createPrices(database),
    quotes: createQuotes(database),
    pools: createPools(database),
    quality: createQuality(database),
    usage: createUsage(database),
    async ping() {
      await database.run((sql) => sql`select 1`)
    },
    async stop() {
      await Promise.all([accept.idle(), attempts.idle(), reconciliation.idle()])
      await database.close()
    },
  }
}
