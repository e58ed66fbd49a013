import { type EndedStatus, hasEnded, type JobStatus, type Nano, type PublicError } from '@halftone/contracts'
import { bookUnknown, canceledError } from './book-unknown.ts'
import { type Booking, end, giveBack, newBooking, release, settle } from './booking.ts'
import type { Sql } from './database.ts'
import type { Finish, Finished } from './ledger.ts'
import { type Locked, type LockedAttempt, type LockedJob, lockJobs, lockUnknown } from './lock-jobs.ts'
import { resolve, type Truth } from './resolve.ts'
import { writeBooking } from './write-booking.ts'

interface Target {
  id: string
  jobId: string
}

interface PastRow {
  id: string
  jobId: string
  bulkId: string | null
  fence: bigint
  /** Its call answered after it was given up, and that answer was used. */
  cameLate: boolean
  /** How the job ended in the very transaction that finished the attempt; null if it went on. */
  status: JobStatus | null
}

/**
 * Money, job and outbox in one transaction. A finish that was committed before is answered the same again. An attempt
 * that was given up as unknown takes what its call did answer in the end, from whoever made it.
 */
export async function finishAttempts(tx: Sql, finishes: Finish[]): Promise<Finished[]> {
  const ids = finishes.map((finish) => finish.attemptId)
  const targets = await tx<
    Target[]
  >`select id, job_id as "jobId" from attempts where id = any(${ids}::text[])`
  const jobIds = [...new Set(targets.map((target) => target.jobId))]
  const locked = await lockJobs(
    tx,
    jobIds.map((id) => ({ id, worst: null })),
  )
  const live = new Map([...locked.live.values()].map((attempt) => [attempt.id, attempt]))

  const notLive = ids.filter((id) => !live.has(id))
  const [unknown, past] = await Promise.all([lockUnknown(tx, notLive), readPast(tx, notLive)])
  const booking = newBooking()
  const results = finishes.map((finish): Finished => {
    const attempt = live.get(finish.attemptId)
    if (!attempt) {
      const givenUp = unknown.get(finish.attemptId)
      const truth = truthOf(finish)
      if (givenUp && truth) return resolveLate(booking, locked, givenUp, truth)
      return repeated(finish, past.get(finish.attemptId))
    }
    if (attempt.fence !== finish.fence) return { kind: 'late' }
    return book(booking, locked, locked.jobs.get(attempt.jobId)!, attempt, finish)
  })
  await writeBooking(tx, booking, locked)
  return results
}

async function readPast(tx: Sql, ids: string[]): Promise<Map<string, PastRow>> {
  if (ids.length === 0) return new Map()
  const rows = await tx<PastRow[]>`
    select a.id, a.job_id as "jobId", j.bulk_id as "bulkId", a.fence,
      a.state = 'resolved' and a.evidence->>'by' = 'result' as "cameLate",
      case when j.finished_at = coalesce(a.resolved_at, a.finished_at) then j.status end as status
    from attempts a join jobs j on j.id = a.job_id where a.id = any(${ids}::text[])`
  return new Map(rows.map((row) => [row.id, row]))
}

/** The same fence means that it was us: the answer to the COMMIT got lost, and the caller asks again. */
function repeated(finish: Finish, past: PastRow | undefined): Finished {
  if (past?.cameLate) return resolvedOf(past, past.status)
  if (!past || past.fence !== finish.fence) return { kind: 'late' }
  if (past.status === null || !hasEnded(past.status)) return { kind: 'returned' }
  return { kind: 'ended', status: past.status, bulkId: past.bulkId, jobId: past.jobId }
}

/** What the end of a call says of money; null if nothing. */
function truthOf(finish: Finish): Truth | null {
  const evidence = { by: 'result', says: `the call answered late: ${finish.kind}` } as const
  switch (finish.kind) {
    case 'succeeded':
      return { paid: true, cost: finish.cost, images: finish.images, evidence }
    case 'failed':
    case 'canceled':
      return { paid: finish.cost > 0n, cost: finish.cost, images: [], evidence }
    case 'released':
      return { paid: false, cost: 0n, images: [], evidence }
    case 'unknown':
      return null
  }
}

function resolveLate(booking: Booking, locked: Locked, attempt: LockedAttempt, truth: Truth): Finished {
  const job = locked.jobs.get(attempt.jobId)!
  return resolvedOf({ jobId: job.id, bulkId: job.bulkId }, resolve(booking, locked, job, attempt, truth))
}

function resolvedOf(
  { jobId, bulkId }: { jobId: string; bulkId: string | null },
  status: JobStatus | null,
): Finished {
  return { kind: 'resolved', jobId, bulkId, status: status !== null && hasEnded(status) ? status : null }
}

function book(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  attempt: LockedAttempt,
  finish: Finish,
): Finished {
  const ended = (status: EndedStatus): Finished => ({
    kind: 'ended',
    status,
    bulkId: job.bulkId,
    jobId: job.id,
  })
  const charge = (cost: Nano, error: PublicError | null): Nano => {
    if (cost > 0n || finish.kind === 'succeeded') return settle(booking, locked, job, attempt, cost, error)
    release(booking, attempt, error)
    return 0n
  }
  /** An earlier call's late picture is what was asked for, however this one ended. */
  const endOr = (how: Parameters<typeof end>[3]): Finished => {
    const instead = job.pictures > 0 ? ({ ...how, status: 'succeeded', error: null } as const) : how
    end(booking, locked, job, instead)
    return ended(instead.status)
  }
  switch (finish.kind) {
    case 'succeeded': {
      const { images } = finish
      const cost = charge(finish.cost, null)
      if (finish.live != null) booking.live.push({ id: attempt.id, live: finish.live })
      end(booking, locked, job, { status: 'succeeded', error: null, images, attempt, cost })
      return ended('succeeded')
    }
    case 'failed': {
      const { error } = finish
      const cost = charge(finish.cost, error)
      return endOr({ status: 'failed', error, attempt, cost })
    }
    case 'canceled': {
      const cost = charge(finish.cost, canceledError)
      end(booking, locked, job, { status: 'canceled', error: canceledError, attempt, cost })
      return ended('canceled')
    }
    case 'released': {
      release(booking, attempt, finish.error)
      if (job.cancelRequested) {
        end(booking, locked, job, { status: 'canceled', error: canceledError, attempt })
        return ended('canceled')
      }
      if (job.pictures > 0) return endOr({ status: 'failed', error: finish.error, attempt })
      giveBack(booking, job, finish.avoid, finish.delayMs)
      return { kind: 'returned' }
    }
    case 'unknown':
      return bookUnknown(booking, locked, job, attempt, finish)
  }
}
