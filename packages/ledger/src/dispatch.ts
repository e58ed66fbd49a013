import { hasEnded } from '@halftone/contracts'
import { end, newBooking, raise } from './booking.ts'
import { asRows, type Database, type Sql } from './database.ts'
import type { Dispatch, EndedJob } from './ledger.ts'
import { type LockedJob, lockJobs } from './lock-jobs.ts'
import { createPlanning } from './plan-jobs.ts'
import { writeBooking } from './write-booking.ts'

type ToDispatch = Parameters<Dispatch['dispatch']>[0]
type ToEnd = Parameters<Dispatch['end']>[0]

export function createDispatch(database: Database): Dispatch {
  return {
    ...createPlanning(database),
    async dispatch(jobs) {
      if (jobs.length === 0) return { dispatched: [], refused: [] }
      return database.transact((tx) => dispatchJobs(tx, jobs))
    },
    async end(jobs) {
      return jobs.length === 0 ? [] : database.transact((tx) => endWaiting(tx, jobs))
    },
  }
}

/** No call can be out for a job in one of these states. */
export function waits(job: LockedJob): boolean {
  return !hasEnded(job.status) && job.status !== 'running'
}

async function dispatchJobs(tx: Sql, jobs: ToDispatch): ReturnType<Dispatch['dispatch']> {
  // in this order: a pause that had the locks first is seen
  const [locked, paused] = await Promise.all([lockJobs(tx, jobs), pausedAmong(tx, jobs)])
  const booking = newBooking()
  const going: (ToDispatch[number] & { generation: number; hold: bigint })[] = []
  const refused: string[] = []
  for (const wish of jobs) {
    const job = locked.jobs.get(wish.id)
    if (job?.status !== 'classified' || paused.has(wish.id)) continue
    if (!raise(booking, locked, job, wish.worst, null)) refused.push(wish.id)
    else going.push({ ...wish, generation: job.generation + 1, hold: job.hold })
  }
  await Promise.all([
    tx`
      update jobs j set status = 'dispatched', pool = r.pool, plan_id = r."planId", generation = r.generation,
        hold_nano = r.hold, latency_missed = r."latencyMissed", dispatched_at = now()
      from json_to_recordset(${asRows(going)}::text::json)
        as r (id text, pool text, "planId" text, generation int, hold bigint, "latencyMissed" boolean)
      where j.id = r.id`,
    writeBooking(tx, booking, locked),
  ])
  return { dispatched: going.map(({ id, generation }) => ({ id, generation })), refused }
}

/** Those whose bulk its owner has paused. */
async function pausedAmong(tx: Sql, jobs: ToDispatch): Promise<Set<string>> {
  const rows = await tx<{ id: string }[]>`
    select j.id from jobs j join bulks b on b.id = j.bulk_id
    where j.id = any(${jobs.map(({ id }) => id)}::text[]) and b.status = 'paused'`
  return new Set(rows.map(({ id }) => id))
}

/** Ends the jobs that still wait; answers which. */
export async function endWaiting(tx: Sql, jobs: ToEnd): Promise<EndedJob[]> {
  const locked = await lockJobs(
    tx,
    jobs.map(({ id }) => ({ id, worst: null })),
  )
  const booking = newBooking()
  for (const { id, status, error } of jobs) {
    const job = locked.jobs.get(id)
    if (job && waits(job)) end(booking, locked, job, { status, error })
  }
  await writeBooking(tx, booking, locked)
  return booking.ended.map(({ jobId, bulkId }) => ({ jobId, bulkId }))
}
