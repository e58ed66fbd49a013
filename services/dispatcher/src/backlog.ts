import type { Waits } from '@halftone/routing'
import type { PoolRate } from './pool-rate.ts'

export interface BacklogRow {
  pool: string
  projectId: string
  dueSeconds: number
  jobs: number
}

/** How long jobs wait for each pool, as far as it can be known now. Grows with what a round assigns. */
export interface Backlog {
  /**
   * Until a job of this project, due then, would be taken up at this pool. Its own project's jobs that are due
   * no later go before it; every other project gets as many turns meanwhile, if it has as many jobs.
   */
  waitMs(pool: string, projectId: string, dueSeconds: number): number
  /** The waits as a planner wants them. `head`: this pool would take the job up next. */
  waits(projectId: string, dueSeconds: number, head?: string): Waits
  add(pool: string, projectId: string, dueSeconds: number): void
  remove(pool: string, projectId: string, dueSeconds: number): void
  rows(): BacklogRow[]
}

interface Line {
  jobs: number
  byDue: Map<number, number>
}

/** `dueSeconds` is rounded up to this, both by the ledger and here. */
const dueStepSeconds = 5

export function dueSeconds(deadline: Date, now: number): number {
  return Math.ceil((deadline.getTime() - now) / 1_000 / dueStepSeconds) * dueStepSeconds
}

/** `depth`: tickets of each pool's queue, running ones included. */
export function createBacklog(input: {
  rows: readonly BacklogRow[]
  rates: ReadonlyMap<string, PoolRate>
  depth: ReadonlyMap<string, number>
}): Backlog {
  const pools = new Map<string, Map<string, Line>>()

  const change = (pool: string, projectId: string, due: number, by: number) => {
    const projects = pools.get(pool) ?? new Map<string, Line>()
    pools.set(pool, projects)
    const line = projects.get(projectId) ?? { jobs: 0, byDue: new Map<number, number>() }
    projects.set(projectId, line)
    line.jobs += by
    line.byDue.set(due, (line.byDue.get(due) ?? 0) + by)
  }
  for (const row of input.rows) change(row.pool, row.projectId, row.dueSeconds, row.jobs)

  /** Until the tickets that are in the queue already, and not yet being worked on, are taken up; not before a stop is over. */
  const queuedMs = (pool: string, rate: PoolRate) => {
    const busy = (rate.perSecond * rate.p50Ms) / 1_000
    return rate.stoppedMs + (Math.max(0, (input.depth.get(pool) ?? 0) - busy) / rate.perSecond) * 1_000
  }
  const waitMs = (pool: string, projectId: string, due: number): number => {
    const rate = input.rates.get(pool)
    if (!rate) return 0
    const projects = pools.get(pool)
    const own = projects ? dueBy(projects.get(projectId), due) : 0
    let ahead = own
    if (own > 0)
      for (const [other, line] of projects ?? []) if (other !== projectId) ahead += Math.min(line.jobs, own)
    return (ahead / rate.perSecond) * 1_000 + queuedMs(pool, rate)
  }
  return {
    waitMs,
    waits(projectId, due, head) {
      const byPool = new Map<string, number>()
      for (const [pool, rate] of input.rates)
        byPool.set(pool, coarse(pool === head ? queuedMs(pool, rate) : waitMs(pool, projectId, due)))
      return { key: [...byPool.values()].join(), of: (pool) => byPool.get(pool) ?? 0 }
    },
    add: (pool, projectId, due) => change(pool, projectId, due, 1),
    remove: (pool, projectId, due) => change(pool, projectId, due, -1),
    rows: () =>
      [...pools].flatMap(([pool, projects]) =>
        [...projects].flatMap(([projectId, { byDue }]) =>
          [...byDue].map(([due, jobs]) => ({ pool, projectId, dueSeconds: due, jobs })),
        ),
      ),
  }
}

/** One step of tolerance: the ledger's clock and ours are not the same. */
function dueBy(line: Line | undefined, due: number): number {
  let jobs = 0
  for (const [rowDue, count] of line?.byDue ?? []) if (rowDue <= due + dueStepSeconds) jobs += count
  return jobs
}

/** Rounded up, coarser the longer, so that neighbours in a line share a plan. */
function coarse(ms: number): number {
  const step = ms < 10_000 ? 250 : ms < 60_000 ? 1_000 : ms < 600_000 ? 5_000 : 30_000
  return Math.ceil(ms / step) * step
}
