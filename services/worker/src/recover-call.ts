import type { AttemptRow } from '@halftone/ledger'
import { type Attempt, type CallEnd, outcomeUnknown } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { adoptRef, canBeFound, findCall } from './find-call.ts'
import { pollCall } from './follow-call.ts'
import { makeCall } from './make-call.ts'
import { readInputs } from './read-inputs.ts'
import { untilDone } from './until-done.ts'

/**
 * An earlier worker's call, after its lease ran out. It may have been sent, so it is found out, not made again: by the
 * pictures that it left in the store, by the provider's id if we or a callback know it, else by our own id; a provider that honours the same key twice is asked
 * again; of any other nobody can tell.
 */
export async function recoverCall(attempt: Attempt, row: AttemptRow, deps: Dependencies): Promise<CallEnd> {
  const { monotonic, settings } = deps
  const stored = await untilDone('read a note', () => deps.notes.read(attempt.id), deps)
  if (stored) return stored
  const providerRef = row.providerRef ?? (await adoptRef(attempt, row.callbackRef ?? null, deps))
  if (providerRef !== null) return pollCall(attempt, providerRef, 0, monotonic() + settings.pollMaxMs, deps)
  switch (attempt.provider.recoverability) {
    case 'findable':
      return findCall(attempt, deps)
    case 'idempotent':
      return askAgain(attempt, deps)
    case 'blind':
      return canBeFound(attempt, deps) ? findCall(attempt, deps) : outcomeUnknown(attempt)
  }
}

async function askAgain(attempt: Attempt, deps: Dependencies): Promise<CallEnd> {
  const inputs = await untilDone('read a job’s pictures', () => readInputs(attempt, deps), deps)
  if (!inputs) return outcomeUnknown(attempt)
  return makeCall(attempt, inputs, deps.monotonic() + deps.settings.leaseMs / 2, deps)
}
