import {
  type Clock,
  type Floors,
  type Nano,
  type ProviderLimits,
  parseUsd,
  type Signals,
} from '@halftone/contracts'
import type { Ledger, NewJob } from '@halftone/ledger'
import type { Queue } from '@halftone/queue'
import { noWaits, type Planned, type Planner, toRouteRequest } from '@halftone/routing'
import type { Logger } from '@halftone/service-kit'
import type { ReadJob } from './accept/prepare-job.ts'
import type { TicketRelay } from './relay-tickets.ts'

/**
 * For single calls that somebody waits for: tagged and planned here, by the same code that the classifier and the
 * dispatcher run, and put straight before a worker. Only where nobody is waiting: a pool with a line is the
 * dispatcher's, who knows whose turn it is.
 */
export interface ExpressLane {
  /** Never throws, and loses nothing: a job that does not ride goes the usual way. */
  ride(job: NewJob, read: ReadJob): Promise<void>
}

/** A pool's queue may hold so much of what the provider does at once before it counts as a line. */
const lineShare = 0.25
const plansKept = 1_000

export function createExpressLane(options: {
  ledger: Pick<Ledger, 'classify' | 'dispatch'>
  queue: Pick<Queue, 'askToRun' | 'depth'>
  /** Plans on the market as it is. */
  planner: Pick<Planner, 'plan'>
  relay: Pick<TicketRelay, 'job'>
  signals: Pick<Signals, 'publish'>
  rateOf(provider: string): ProviderLimits
  /** A project's own floors. */
  floorsOf(projectId: string): Floors | undefined
  clock: Clock
  log: Logger
}): ExpressLane {
  const { ledger, queue, planner, relay, signals, clock, log } = options
  const planIds = new Map<string, string>()

  const planIdOf = async ({ digest, routed: { latencyMissed: _, ...plan } }: Planned) => {
    const name = digest.toString('base64')
    const known = planIds.get(name)
    if (known !== undefined) return known
    const [id] = await ledger.dispatch.savePlans([{ digest, plan }])
    if (planIds.size >= plansKept) planIds.clear()
    if (id !== undefined) planIds.set(name, id)
    return id
  }

  /** Whether a worker was told; false: the usual way is open to it still. */
  const ride = async (job: NewJob, read: ReadJob): Promise<boolean> => {
    if (!mayRide(job, read, clock())) return false
    const planned = planner.plan(routeOf(job, read, options.floorsOf(read.projectId), clock()), noWaits)
    const { choice, latencyMissed } = planned.routed
    if (!choice || choice.worst_nano === null || latencyMissed) return false
    const pool = choice.provider
    const [planId, depth] = await Promise.all([planIdOf(planned), queue.depth([pool])])
    if (planId === undefined) return false
    if ((depth.get(pool) ?? 0) >= Math.max(1, options.rateOf(pool).concurrent * lineShare)) return false
    await ledger.classify.tag([{ id: job.id, tag: read.tag }])
    const { dispatched } = await ledger.dispatch.dispatch([
      { id: job.id, pool, planId, worst: choice.worst_nano, latencyMissed: false },
    ])
    // not dispatched: the dispatcher was faster, or more money was refused and it finds another way
    await queue.askToRun(
      pool,
      dispatched.map(({ id, generation }) => ({ v: 1, job: id, gen: generation })),
    )
    return dispatched.length > 0
  }

  return {
    async ride(job, read) {
      const rode = await ride(job, read).catch((err: unknown) => {
        log.warn({ err, job: job.id }, 'a job could not ride; it goes the usual way')
        return false
      })
      if (rode) return
      relay.job(job.id)
      // it may be classified already
      void signals.publish('dispatch', {})
    },
  }
}

function mayRide({ quote, runAt }: NewJob, { body }: ReadJob, now: number): boolean {
  const plain = !quote && body.parent_job_id === undefined && body.routing.batch !== 'only'
  return plain && runAt.getTime() <= now
}

function routeOf(
  job: NewJob,
  { body, inputs, tag, deadline }: ReadJob,
  floors: Floors | undefined,
  now: number,
) {
  const ceiling: Nano | null =
    body.budget?.max_cost_usd === undefined ? null : parseUsd(body.budget.max_cost_usd)
  const dueMs = deadline.getTime() - now
  return toRouteRequest(body, inputs, tag, { dueMs, avoid: [], maxTotal: job.ceiling ?? ceiling, floors })
}
