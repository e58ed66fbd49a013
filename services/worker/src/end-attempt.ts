import { AppError, publicError } from '@halftone/contracts'
import type { Finish, Finished } from '@halftone/ledger'
import type { Attempt, CallEnd } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { type Ending, endingOf } from './ending-of.ts'
import { untilDone } from './until-done.ts'

/**
 * Stores the pictures, then settles money and ends the job (or returns it) in one transaction of the ledger, repeated
 * until it is written or somebody else was first (`late`). Then tells whom it concerns. `callMs`: how long the call
 * took; null when nobody knows.
 */
export async function endAttempt(
  attempt: Attempt,
  end: CallEnd,
  callMs: number | null,
  deps: Dependencies,
): Promise<void> {
  const ending = await endingOf(attempt, end, deps).catch((error: unknown) =>
    faultOfOurs(attempt, error, deps),
  )
  // before the booking: the fleet should not go on calling while a store is away
  if (ending.health !== null) void attempt.pass?.record({ health: ending.health, code: ending.code })
  const finish: Finish = { ...ending.finish, attemptId: attempt.id, fence: attempt.fence }
  // only a crash right here needs the note
  if (finish.kind === 'succeeded') await deps.notes.keep(attempt.id, finish.images, finish.cost)
  const finished = await untilDone('end an attempt', () => deps.attempts.finish(finish), deps)
  if (finish.kind === 'succeeded') deps.notes.drop(attempt.id)
  tell(attempt, ending, finished, callMs, deps)
}

/** A bug met after the call: what it did cost is not known here, so its money stays held. */
function faultOfOurs({ id }: Attempt, error: unknown, { log }: Dependencies): Ending {
  log.error({ err: error, attempt: id }, 'could not find what the end of a call means')
  const told = publicError(new AppError('internal', 'The call was made, and its end could not be booked'))
  return {
    finish: { kind: 'unknown', error: told, rebuy: false, avoid: null },
    health: null,
    code: null,
  }
}

function tell(
  { id, provider, spec, request }: Attempt,
  { finish, health, code }: Ending,
  finished: Finished,
  callMs: number | null,
  { reports, meter, log }: Dependencies,
): void {
  if (health !== null && callMs !== null) {
    const size = `${request.width}x${request.height}`
    reports.outcome({ provider: provider.id, model: spec.model, size, verdict: health, code, ms: callMs })
    meter.callSeconds(provider.id, callMs / 1_000)
  }
  const outcome = finished.kind === 'late' || finished.kind === 'resolved' ? finished.kind : finish.kind
  meter.attempt(provider.id, outcome)
  if (finished.kind === 'late') {
    log.warn({ attempt: id, end: finish.kind }, 'somebody else ended this attempt first')
    return
  }
  if ('cost' in finish) meter.settled(provider.id, finish.cost)
  reports.finished(finished)
}
