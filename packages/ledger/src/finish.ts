import { type EndedStatus, hasEnded, type JobStatus, type Nano, type PublicError } from '@halftone/contracts'
import { type Booking, end, giveBack, leaveUnknown, newBooking, raise, release, settle } from './booking.ts'
import type { Sql } from './database.ts'
import type { Finish, Finished } from './ledger.ts'
import { type Locked, type LockedAttempt, type LockedJob, lockJobs } from './lock-jobs.ts'
import { writeBooking } from './write-booking.ts'

export const canceledError: PublicError = {
  code: 'canceled',
  message: 'the job was canceled',
  next: 'post it again if it is still wanted',
}

interface Target {
  id: string
  jobId: string
}

interface PastRow {
  id: string
  jobId: string
  bulkId: string | null
  fence: bigint
  /** How the job ended in the very transaction that finished the attempt; null if it went on. */
  status: JobStatus | null
}

/** Money, job and outbox in one transaction. A finish that was committed before is answered the same again. */
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

  const past = await readPast(
    tx,
    ids.filter((id) => !live.has(id)),
  )
  const booking = newBooking()
  const results = finishes.map((finish): Finished => {
    const attempt = live.get(finish.attemptId)
    if (!attempt) return repeated(finish, past.get(finish.attemptId))
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
      case when j.finished_at = a.finished_at then j.status end as status
    from attempts a join jobs j on j.id = a.job_id where a.id = any(${ids}::text[])`
  return new Map(rows.map((row) => [row.id, row]))
}

/** The same fence means that it was us: the answer to the COMMIT got lost, and the caller asks again. */
function repeated(finish: Finish, past: PastRow | undefined): Finished {
  if (!past || past.fence !== finish.fence) return { kind: 'late' }
  if (past.status === null || !hasEnded(past.status)) return { kind: 'returned' }
  return { kind: 'ended', status: past.status, bulkId: past.bulkId, jobId: past.jobId }
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
  switch (finish.kind) {
    case 'succeeded': {
      const { images } = finish
      const cost = charge(finish.cost, null)
      end(booking, locked, job, { status: 'succeeded', error: null, images, attempt, cost })
      return ended('succeeded')
    }
    case 'failed': {
      const { error } = finish
      const cost = charge(finish.cost, error)
      end(booking, locked, job, { status: 'failed', error, attempt, cost })
      return ended('failed')
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
      giveBack(booking, job, finish.avoid, finish.delayMs)
      return { kind: 'returned' }
    }
    case 'unknown': {
      leaveUnknown(booking, job, attempt, finish.error)
      if (job.cancelRequested) {
        end(booking, locked, job, { status: 'canceled', error: canceledError, attempt })
        return ended('canceled')
      }
      if (finish.rebuy && raise(booking, locked, job, attempt.worst, attempt)) {
        giveBack(booking, job, finish.avoid, 0)
        return { kind: 'returned' }
      }
      // a refusal is known to have brought no picture, whatever it will have cost
      const { error: told } = finish
      const error = told.code === 'content_policy' ? told : { ...told, code: 'outcome_unknown' as const }
      end(booking, locked, job, { status: 'failed', error, attempt })
      return ended('failed')
    }
  }
}
