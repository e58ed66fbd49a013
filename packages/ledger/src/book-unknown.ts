import type { PublicError } from '@halftone/contracts'
import { type Booking, end, giveBack, leaveUnknown, raise } from './booking.ts'
import type { Finished } from './ledger.ts'
import type { Locked, LockedAttempt, LockedJob } from './lock-jobs.ts'

export const canceledError: PublicError = {
  code: 'canceled',
  message: 'the job was canceled',
  next: 'post it again if it is still wanted',
}

/**
 * Nobody knows whether the attempt was paid: its money stays held. The job is bought once more if that is wanted, was
 * not done before, and a second hold can be had; else it ends.
 */
export function bookUnknown(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  attempt: LockedAttempt,
  { error, rebuy, avoid }: { error: PublicError; rebuy: boolean; avoid: string | null },
): Finished {
  leaveUnknown(booking, job, attempt, error)
  const { id: jobId, bulkId } = job
  const ended = (how: Parameters<typeof end>[3]): Finished => {
    end(booking, locked, job, how)
    return { kind: 'ended', status: how.status, jobId, bulkId }
  }
  // an earlier call's late picture is here: that is what was asked for
  if (job.pictures > 0) return ended({ status: 'succeeded', error: null, attempt })
  if (job.cancelRequested) return ended({ status: 'canceled', error: canceledError, attempt })
  if (rebuy && job.rebuys === 0 && raise(booking, locked, job, attempt.worst, attempt)) {
    job.rebuys++
    giveBack(booking, job, avoid, 0)
    return { kind: 'returned' }
  }
  // a refusal is known to have brought no picture, whatever it will have cost
  const told = error.code === 'content_policy' ? error : { ...error, code: 'outcome_unknown' as const }
  return ended({ status: 'failed', error: told, attempt })
}
