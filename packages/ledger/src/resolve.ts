import { type EndedStatus, hasEnded, type Nano } from '@halftone/contracts'
import { absorb, type Booking, end, move, tellOf } from './booking.ts'
import type { Evidence, StoredImage } from './ledger.ts'
import type { Locked, LockedAttempt, LockedJob } from './lock-jobs.ts'

/** What was found out about an unknown attempt. */
export interface Truth {
  paid: boolean
  /** What the provider charged for it. */
  cost: Nano
  images: StoredImage[]
  evidence: Evidence
}

/**
 * Corrects the books: what the attempt kept of the hold is spent or given back. Its pictures are the job's; one that
 * nobody else is at work on ends by them, since another purchase would be one too many. A job that ended before keeps
 * its state. Answers how the job ended, if this ended it.
 */
export function resolve(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  attempt: LockedAttempt,
  { paid, cost, images, evidence }: Truth,
): EndedStatus | null {
  const booked = job.overrunMax === null ? bookOwn : bookQuoted
  const charged = booked(booking, locked, job, attempt, paid ? cost : null)
  job.resolved += charged
  booking.resolved.push({ id: attempt.id, cost, paid, evidence })
  if (images.length > 0 && !hasEnded(job.status) && job.status !== 'running') {
    end(booking, locked, job, { status: 'succeeded', error: null, images, attempt, cost: 0n })
    return 'succeeded'
  }
  if (hasEnded(job.status)) job.cost = costAfter(job, charged)
  job.pictures += images.length
  tellOf(booking, job, 'resolved')
  booking.changed.push({ job, images })
  return null
}

/** Known before, it grows; else it is known once no other attempt is unknown. */
function costAfter(job: LockedJob, charged: Nano): Nano | null {
  if (job.cost !== null) return job.cost + charged
  return job.unknown === 0n ? job.resolved : null
}

/** `cost` null: it was free. Answers what the project is charged. */
function bookOwn(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  attempt: LockedAttempt,
  cost: Nano | null,
): Nano {
  const covered = cost === null ? 0n : smaller(cost, attempt.worst)
  if (cost !== null) move(booking, locked, job, 'resolve_paid', covered, attempt)
  if (cost === null || covered < attempt.worst)
    move(booking, locked, job, 'resolve_free', attempt.worst - covered, attempt)
  if (cost !== null && cost > covered) move(booking, locked, job, 'overrun', cost - covered, attempt)
  job.unknown -= attempt.worst
  return cost ?? 0n
}

/** The project pays what is still kept of its quote, at most; a quoted job that goes on keeps the rest of its hold. */
function bookQuoted(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  attempt: LockedAttempt,
  cost: Nano | null,
): Nano {
  const kept = smaller(attempt.worst, job.unknown)
  const charged = smaller(cost ?? 0n, kept)
  const givenBack = hasEnded(job.status) ? kept - charged : 0n
  if (cost !== null) move(booking, locked, job, 'resolve_paid', charged, attempt)
  if (cost === null || givenBack > 0n) move(booking, locked, job, 'resolve_free', givenBack, attempt)
  job.unknown -= kept
  job.absorbed -= attempt.worst - kept
  absorb(booking, job, attempt, (cost ?? 0n) - charged)
  return charged
}

function smaller(a: Nano, b: Nano): Nano {
  return a < b ? a : b
}
