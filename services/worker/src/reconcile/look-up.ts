import type { AttemptRow, Evidence, Resolution } from '@halftone/ledger'
import type { Attempt, CallEnd } from '../attempt.ts'
import type { Dependencies } from '../dependencies.ts'
import { endingOf } from '../ending-of.ts'
import { adoptRef } from '../find-call.ts'
import { poll } from '../follow-call.ts'

type Found =
  | { kind: 'resolved'; resolution: Resolution }
  /** Not known yet, and why. */
  | { kind: 'open'; why: string }

/**
 * Asks for the end of one unknown attempt, once: in our own store, then at the provider, by its id or by ours. Late
 * pictures are stored. Throws when the asking fails: nothing is known then.
 */
export async function lookUp(attempt: Attempt, row: AttemptRow, deps: Dependencies): Promise<Found> {
  const stored = await deps.notes.read(attempt.id)
  if (stored) return asResolution(attempt, stored, 'note', 'its pictures lay in the store', deps)
  const providerRef = row.providerRef ?? (await adoptRef(attempt, row.callbackRef ?? null, deps))
  if (providerRef !== null) return ask(attempt, providerRef, deps)
  if (!attempt.provider.find) return open('its answer was lost, and the provider has no way to ask for it')
  const { callTimeoutMs, lagMs } = deps.settings
  const found = await attempt.provider.find(attempt.id, attempt.startedAt, AbortSignal.timeout(callTimeoutMs))
  if (found !== null) {
    const adopted = await adoptRef(attempt, found, deps)
    return adopted === null
      ? open(`the provider shows ${found}, which another attempt has`)
      : ask(attempt, adopted, deps)
  }
  const says = 'the provider has no such call'
  if (deps.clock() - attempt.startedAt.getTime() < lagMs) return open(`${says} yet`)
  return { kind: 'resolved', resolution: freeBy(attempt, { by: 'find', says }) }
}

async function ask(attempt: Attempt, providerRef: string, deps: Dependencies): Promise<Found> {
  const polled = await poll(attempt, providerRef, deps)
  switch (polled.kind) {
    case 'pending':
      return open(`${providerRef} has not ended, or the provider does not say how`)
    case 'done':
      return asResolution(
        attempt,
        { kind: 'pictures', result: polled.result },
        'poll',
        `${providerRef} succeeded`,
        deps,
      )
    case 'failed': {
      const says = `${providerRef} ended without a picture: ${polled.error.message}`
      return asResolution(attempt, { kind: 'failed', error: polled.error }, 'poll', says, deps)
    }
  }
}

/** What it did cost, and which pictures there are, is found as for any call. */
async function asResolution(
  attempt: Attempt,
  end: CallEnd,
  by: Evidence['by'],
  says: string,
  deps: Dependencies,
): Promise<Found> {
  const { finish } = await endingOf(attempt, end, deps)
  const evidence: Evidence = { by, says }
  switch (finish.kind) {
    case 'succeeded': {
      const { images, cost } = finish
      return {
        kind: 'resolved',
        resolution: { attemptId: attempt.id, outcome: 'paid', cost, images, evidence },
      }
    }
    case 'failed':
    case 'canceled': {
      const { cost } = finish
      if (cost === 0n) return { kind: 'resolved', resolution: freeBy(attempt, evidence) }
      return {
        kind: 'resolved',
        resolution: { attemptId: attempt.id, outcome: 'paid', cost, images: [], evidence },
      }
    }
    case 'released':
      return { kind: 'resolved', resolution: freeBy(attempt, evidence) }
    case 'unknown':
      return open(finish.error.message)
  }
}

function freeBy({ id }: Attempt, evidence: Evidence): Resolution {
  return { attemptId: id, outcome: 'free', cost: 0n, images: [], evidence }
}

function open(why: string): Found {
  return { kind: 'open', why }
}
