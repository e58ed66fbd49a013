import type { Clock, Signals } from '@halftone/contracts'
import type { EndedJob, Ledger } from '@halftone/ledger'
import type { MarketView } from '@halftone/market'
import type { Queue } from '@halftone/queue'
import type { Logger } from '@halftone/service-kit'
import { type Backlog, createBacklog } from './backlog.ts'
import type { JobPlans } from './job-plans.ts'
import type { Metrics } from './metrics.ts'
import type { PoolRate } from './pool-rate.ts'
import type { Probes } from './probes.ts'

/** What the dispatcher's loops work with. */
export interface Parts {
  ledger: {
    dispatch: Ledger['dispatch']
    attempts: Pick<Ledger['attempts'], 'giveBack'>
    recovery: Omit<Ledger['recovery'], 'lead'>
    pools: Pick<Ledger['pools'], 'settleDrained'>
  }
  queue: Pick<Queue, 'askToClassify' | 'askToRun' | 'depth' | 'holds' | 'drain'>
  signals: Pick<Signals, 'publish'>
  plans: JobPlans
  probes: Probes
  market(): Pick<MarketView, 'version' | 'health' | 'pools'>
  /** The pools that may be used, as fast as they are now. */
  rates(): ReadonlyMap<string, PoolRate>
  /** A call that no worker took over for so long is of unknown outcome. */
  orphanMs: number
  clock: Clock
  log: Logger
  metrics: Metrics
}

export async function loadBacklog({ ledger, queue, rates }: Parts): Promise<Backlog> {
  const pools = rates()
  const [rows, depth] = await Promise.all([ledger.dispatch.backlog(), queue.depth([...pools.keys()])])
  return createBacklog({ rows, rates: pools, depth })
}

/** Wakes whoever waits for these jobs, and the webhooks. */
export async function tellEnded(
  { signals }: Pick<Parts, 'signals'>,
  ended: readonly EndedJob[],
): Promise<void> {
  if (ended.length === 0) return
  await signals.publish(
    'ended',
    ended.map(({ jobId, bulkId }) => ({ job_id: jobId, bulk_id: bulkId })),
  )
  await signals.publish('outbox', {})
}
