import { AppError, type PublicError, poolOf, publicError } from '@halftone/contracts'
import type { WaitingJob } from '@halftone/ledger'
import type { Planned } from '@halftone/routing'
import { type Backlog, dueSeconds } from './backlog.ts'
import { loadBacklog, type Parts, tellEnded } from './parts.ts'

/** So few that whoever comes new waits for a short round only. */
const jobsPerRound = 300
const lookAgainMs = 5_000

type Decision =
  | { kind: 'assign'; job: WaitingJob; planned: Planned; pool: string }
  | { kind: 'wait'; job: WaitingJob; planned: Planned | null }
  | { kind: 'fail'; job: WaitingJob; error: PublicError }

/**
 * Gives every classified job a pool: the best by its policy among those that can finish it in time, given what waits
 * there already, this round's own assignments included. So the overflow of a cheap pool goes to the next one before
 * anything expires. A job that nobody may do now waits; its deadline ends it. Answers 0 if there is more to do.
 */
export async function planJobs(parts: Parts): Promise<number | undefined> {
  const { ledger, plans, clock, metrics } = parts
  const jobs = await ledger.dispatch.unplanned(jobsPerRound)
  if (jobs.length === 0) return undefined
  const backlog = await loadBacklog(parts)
  await parts.probes.refresh()

  const decisions = jobs.map((job) => decide(parts, job, backlog))
  const planned = decisions.flatMap((decision) => ('planned' in decision ? (decision.planned ?? []) : []))
  const ids = await plans.store(planned)
  const idOf = new Map(planned.map((one, i) => [one, ids[i]!]))

  const assigned = decisions.filter((decision) => decision.kind === 'assign')
  await ledger.dispatch.assign(
    assigned.map(({ job, pool, planned }) => ({ id: job.id, pool, planId: idOf.get(planned)! })),
  )
  for (const { pool } of assigned) metrics.planned.inc({ pool })

  const waiting = decisions.filter((decision) => decision.kind === 'wait')
  if (waiting.length > 0) {
    await ledger.dispatch.postpone(
      waiting.map(({ job, planned }) => ({
        id: job.id,
        planId: (planned && idOf.get(planned)) ?? null,
        delayMs: Math.min(lookAgainMs, Math.max(500, (job.deadline.getTime() - clock()) / 4)),
      })),
    )
    metrics.postponed.inc(waiting.length)
  }
  const failed = decisions.filter((decision) => decision.kind === 'fail')
  if (failed.length > 0) {
    const ended = await ledger.dispatch.end(
      failed.map(({ job, error }) => ({ id: job.id, status: 'failed', error })),
    )
    await tellEnded(parts, ended)
  }
  return jobs.length === jobsPerRound ? 0 : undefined
}

function decide(parts: Parts, job: WaitingJob, backlog: Backlog): Decision {
  const { plans, probes, clock, metrics, log } = parts
  try {
    const due = dueSeconds(job.deadline, clock())
    const waits = backlog.waits(job.projectId, due)
    const terms = { probes: probes.free() }
    let planned = plans.plan(job, waits, terms)
    if (!planned.routed.choice) planned = plans.plan(job, waits, { ...terms, toTheLast: true })
    const { choice } = planned.routed
    probes.claim(job.id, choice)
    if (choice) {
      if (plans.spilled(job, planned)) metrics.spilled.inc({ pool: choice.provider })
      const pool = poolOf(choice)
      if (!choice.batch) backlog.add(pool, job.projectId, due)
      return { kind: 'assign', job, planned, pool }
    }
    const onlyTooSlow =
      job.body.latency?.on_miss === 'fail' && plans.plan(job, waits, { anyLatency: true }).routed.choice
    if (!onlyTooSlow) return { kind: 'wait', job, planned }
    const next = 'Allow more time, or let it run late with "on_miss": "run"'
    return {
      kind: 'fail',
      job,
      error: publicError(new AppError('no_provider', planned.routed.summary, { field: '/latency', next })),
    }
  } catch (error) {
    if (error instanceof AppError) return { kind: 'fail', job, error: publicError(error) }
    // one job that cannot be planned must not hold up the others
    log.error({ err: error, job: job.id }, 'could not plan a job')
    return { kind: 'wait', job, planned: null }
  }
}
