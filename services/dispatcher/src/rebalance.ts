import { type BreakerState, batchProviderOf, modelKey, poolOf } from '@halftone/contracts'
import type { WaitingJob } from '@halftone/ledger'
import { noWaits } from '@halftone/routing'
import { type Backlog, type BacklogRow, dueSeconds } from './backlog.ts'
import { loadBacklog, type Parts } from './parts.ts'

/** A pool is looked at for late jobs again after this, if nobody else could take them. */
const giveUpMs = 5_000
const movedPerRound = 1_000
/** A shorter stop of an account is waited for where one is. */
const stopToLeaveMs = 5_000

/**
 * Takes back what can no longer go as planned: all that waits for a pool where a breaker opened, that the operator
 * paused, whose account was stopped or that is gone, and the jobs that would be late where they wait but in time
 * elsewhere. Answers how many it took back or moved.
 */
export function createRebalancer(parts: Parts): { rebalance(): Promise<number> } {
  const { ledger, queue, metrics, market, rates, log } = parts
  let breakers = new Map<string, BreakerState>()
  const hopelessUntil = new Map<string, number>()
  let paused: ReadonlyMap<string, unknown> = new Map()
  const stopped = new Set<string>()

  const evacuate = async (pool: string, cause: string, whole = true) => {
    const tickets = await queue.drain(pool)
    await Promise.all(tickets.map(({ job, gen }) => ledger.attempts.giveBack(job, gen, null, 0)))
    const waiting = whole ? await ledger.dispatch.unassign({ pool }) : 0
    if (tickets.length + waiting === 0) return 0
    metrics.moved.inc({ cause }, tickets.length + waiting)
    log.info({ pool, cause, tickets: tickets.length, waiting }, 'took back what waits for a pool')
    return tickets.length + waiting
  }
  const leaveOpened = async () => {
    const now = new Map([...market().health].map(([key, { breaker }]) => [key, breaker]))
    const opened = [...market().health.values()].filter(
      (model) => model.breaker === 'open' && breakers.get(modelKey(model)) !== 'open',
    )
    let moved = 0
    for (const pool of new Set(opened.map(({ provider }) => provider)))
      moved += await evacuate(pool, 'breaker')
    breakers = now
    return moved
  }
  const leavePaused = async () => {
    const now = market().pools ?? new Map()
    let moved = 0
    for (const pool of now.keys()) if (!paused.has(pool)) moved += await evacuate(pool, 'pause')
    paused = now
    if (![...now.values()].includes('draining')) return moved
    const drained = await ledger.pools.settleDrained()
    if (drained.length > 0) {
      log.info({ drained }, 'nothing is under way any more')
      await parts.signals.publish('pools', {})
    }
    return moved
  }
  /** What waits there may be done elsewhere before the stop is over. A large backlog stays: its late jobs are moved. */
  const leaveStopped = async (backlog: Backlog) => {
    let moved = 0
    for (const [pool, { stoppedMs }] of rates()) {
      if (stoppedMs === 0) stopped.delete(pool)
      if (stoppedMs < stopToLeaveMs || stopped.has(pool)) continue
      stopped.add(pool)
      const waiting = sum(backlog.rows().filter((row) => row.pool === pool))
      moved += await evacuate(pool, 'stop', waiting <= movedPerRound)
    }
    return moved
  }
  const spill = async (backlog: Backlog, pool: string, late: LateJobs[]) => {
    if ((hopelessUntil.get(pool) ?? 0) > parts.clock()) return 0
    const ready = await ledger.dispatch.ready(pool, Math.max(...late.map(({ ahead }) => ahead)))
    const moved = await moveLate(parts, backlog, pool, late, ready)
    metrics.moved.inc({ cause: 'deadline' }, moved)
    if (moved === 0) hopelessUntil.set(pool, parts.clock() + giveUpMs)
    return moved
  }
  /** What waits to be collected is looked at anew: its time may run out, or its price may not be the lowest any more. */
  const leaveLateLots = async (pool: string) => {
    if ((hopelessUntil.get(pool) ?? 0) > parts.clock()) return 0
    hopelessUntil.set(pool, parts.clock() + giveUpMs)
    const gone = (await ledger.dispatch.ready(pool, movedPerRound)).filter((job) => {
      const choice = parts.plans.replan(job, noWaits)?.routed.choice
      return !choice || poolOf(choice) !== pool
    })
    if (gone.length === 0) return 0
    metrics.moved.inc({ cause: 'deadline' }, gone.length)
    return ledger.dispatch.unassign({ jobs: gone.map(({ id }) => id) })
  }
  return {
    async rebalance() {
      let moved = (await leaveOpened()) + (await leavePaused())
      const before = await loadBacklog(parts)
      const left = await leaveStopped(before)
      moved += left
      const backlog = left > 0 ? await loadBacklog(parts) : before
      const known = rates()
      metrics.backlog.reset()
      for (const [pool, rows] of Map.groupBy(backlog.rows(), (row) => row.pool)) {
        metrics.backlog.set({ pool }, sum(rows))
        const lots = batchProviderOf(pool)
        if (lots !== null && known.has(lots)) {
          moved += await leaveLateLots(pool)
          continue
        }
        if (!known.has(pool)) {
          moved += await evacuate(pool, 'gone')
          continue
        }
        const late = lateJobs(backlog, rows, known.get(pool)?.p95Ms ?? 0)
        if (late.length > 0) moved += await spill(backlog, pool, late)
      }
      return moved
    },
  }
}

function sum(rows: readonly BacklogRow[]): number {
  return rows.reduce((jobs, row) => jobs + row.jobs, 0)
}

/** Jobs of one project, due at one time, that their pool cannot reach in time. */
interface LateJobs {
  projectId: string
  dueSeconds: number
  /** The project's jobs that are due no later. */
  ahead: number
  /** How many of them are too many. */
  excess: number
}

/** Less strict than planning, which also leaves some time to spare: a job moved for its deadline is not moved back. */
function lateJobs(backlog: Backlog, rows: BacklogRow[], callMs: number): LateJobs[] {
  return [...Map.groupBy(rows, (row) => row.projectId)].flatMap(([projectId, own]) => {
    let ahead = 0
    return own
      .toSorted((a, b) => a.dueSeconds - b.dueSeconds)
      .flatMap(({ pool, dueSeconds, jobs }) => {
        ahead += jobs
        const waitMs = backlog.waitMs(pool, projectId, dueSeconds)
        const allowedMs = Math.max(0, dueSeconds * 1_000 - callMs)
        if (jobs === 0 || dueSeconds <= 0 || waitMs <= allowedMs) return []
        const excess = Math.min(jobs, Math.ceil(ahead * (1 - allowedMs / waitMs)))
        return [{ projectId, dueSeconds, ahead: Math.min(ahead, 4 * movedPerRound), excess }]
      })
  })
}

/** The last in each line go elsewhere, if somebody there is in time. Those whom nobody can help stay. */
async function moveLate(
  parts: Parts,
  backlog: Backlog,
  pool: string,
  late: LateJobs[],
  ready: WaitingJob[],
): Promise<number> {
  const { ledger, plans, clock } = parts
  const moving = late
    .flatMap(({ projectId, dueSeconds: due, excess }) =>
      ready
        .filter(
          (job) => job.projectId === projectId && Math.abs(dueSeconds(job.deadline, clock()) - due) <= 5,
        )
        .slice(-excess),
    )
    .slice(0, movedPerRound)
    .flatMap((job) => {
      const due = dueSeconds(job.deadline, clock())
      const planned = plans.replan(job, backlog.waits(job.projectId, due))
      const choice = planned?.routed.choice
      const to = choice && poolOf(choice)
      if (!planned || !to || to === pool) return []
      backlog.remove(pool, job.projectId, due)
      backlog.add(to, job.projectId, due)
      return [{ job, planned, to }]
    })
  if (moving.length === 0) return 0
  const ids = await plans.store(moving.map(({ planned }) => planned))
  await ledger.dispatch.assign(moving.map(({ job, to }, i) => ({ id: job.id, pool: to, planId: ids[i]! })))
  return moving.length
}
