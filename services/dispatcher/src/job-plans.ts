import type { Clock, Floors, Nano } from '@halftone/contracts'
import type { Ledger, WaitingJob } from '@halftone/ledger'
import { noWaits, type Planned, type Planner, toRouteRequest, type Waits } from '@halftone/routing'
import { honorQuote } from './honor-quote.ts'

interface Terms {
  /** Only what is held already may be spent, since more was refused. */
  withinHold?: boolean
  /** As if the caller had asked for no latency. */
  anyLatency?: boolean
  /** The time until the deadline may be used up whole, since with some to spare nobody can. */
  toTheLast?: boolean
  /** provider/model keys on probation that the job may be the probe of. */
  probes?: readonly string[]
}

/** Plans waiting jobs, and knows under which id each plan is stored. */
export interface JobPlans {
  plan(job: WaitingJob, waits: Waits, terms?: Terms): Planned
  /** null instead of throwing: the job cannot be planned at all, and must go back to where that ends it. */
  replan(job: WaitingJob, waits: Waits, terms?: Terms): Planned | null
  /** Whether somebody else would have been chosen, were there no queues. */
  spilled(job: WaitingJob, planned: Planned): boolean
  /** Stores the plans that are new and answers the ids of all, in order. */
  store(planned: readonly Planned[]): Promise<string[]>
  /** A plan that this process made; null after a restart. */
  recall(planId: string | null): Planned | null
  /** The plan holds at this market version too. */
  confirm(planId: string, planned: Planned): void
}

/** Left unused of the time until a deadline: rates and latencies are estimates. Routing adds the p95 latency itself. */
const safetyShare = 0.1

export function createJobPlans(parts: {
  planner: Planner
  ledger: { dispatch: Pick<Ledger['dispatch'], 'savePlans'> }
  /** A project's own floors. */
  floorsOf?(projectId: string): Floors | undefined
  clock: Clock
  keptMax?: number
}): JobPlans {
  const { planner, ledger, clock, keptMax = 5_000 } = parts
  const ids = createShelf<string>(keptMax)
  const plans = createShelf<Planned>(keptMax)

  const routeOf = (job: WaitingJob, terms: Terms) => {
    const { withinHold = false, anyLatency = false, toTheLast = false, probes } = terms
    const route = toRouteRequest(job.body, job.inputs, job.tag, {
      dueMs: (job.deadline.getTime() - clock()) * (toTheLast ? 1 : 1 - safetyShare),
      avoid: job.avoid,
      maxTotal: freeFor(job, withinHold),
      floors: parts.floorsOf?.(job.projectId),
    })
    return { ...route, ...(anyLatency ? { latency: null } : {}), ...(probes?.length ? { probes } : {}) }
  }
  const plan = (job: WaitingJob, waits: Waits, terms: Terms): Planned => {
    const route = routeOf(job, terms)
    if (!job.quote) return planner.plan(route, waits)
    let planned: Planned | undefined
    for (const one of honorQuote(route, job, job.quote)) {
      planned = planner.plan(one, waits)
      if (planned.routed.choice) break
    }
    return planned!
  }
  return {
    plan: (job, waits, terms = {}) => plan(job, waits, terms),
    replan(job, waits, terms = {}) {
      try {
        return plan(job, waits, terms)
      } catch {
        return null
      }
    },
    spilled(job, { routed, drawn }) {
      if (drawn) return false
      const unloaded = plan(job, noWaits, {})
      return unloaded.routed.choice?.provider !== routed.choice?.provider
    },
    async store(planned) {
      const fresh = new Map<string, Planned>()
      for (const plan of planned) {
        const digest = plan.digest.toString('base64')
        if (ids.get(digest) === undefined) fresh.set(digest, plan)
      }
      if (fresh.size > 0) {
        const saved = await ledger.dispatch.savePlans(
          [...fresh.values()].map(({ digest, routed: { latencyMissed: _, ...plan } }) => ({ digest, plan })),
        )
        for (const [i, digest] of [...fresh.keys()].entries()) ids.set(digest, saved[i]!)
      }
      return planned.map((plan) => {
        const id = ids.get(plan.digest.toString('base64'))!
        plans.set(id, plan)
        return id
      })
    },
    recall: (planId) => (planId === null ? null : (plans.get(planId) ?? null)),
    confirm: (planId, planned) => plans.set(planId, planned),
  }
}

/** The most the next attempt may cost; null = no limit of the job's own. */
function freeFor(job: WaitingJob, withinHold: boolean): Nano | null {
  const most = withinHold ? job.hold : job.ceiling
  return most === null ? null : most - job.heldByUnknown
}

/** The last `max` that were used. */
function createShelf<T>(max: number): { get(key: string): T | undefined; set(key: string, value: T): void } {
  const kept = new Map<string, T>()
  const set = (key: string, value: T) => {
    kept.delete(key)
    kept.set(key, value)
    if (kept.size > max) kept.delete(kept.keys().next().value!)
  }
  return {
    set,
    get(key) {
      const value = kept.get(key)
      if (value !== undefined) set(key, value)
      return value
    },
  }
}
