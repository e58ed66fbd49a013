import { type Attempt, type CallEnd, outcomeUnknown } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { followCall, pauseUnlessRung } from './follow-call.ts'

const askAgainMsFirst = 500
const askAgainMsMax = 5_000

/** Whether a call whose answer was lost may still be heard of. */
export function canBeFound({ provider }: Attempt, { settings }: Dependencies): boolean {
  return (
    provider.recoverability === 'findable' || (provider.poll !== undefined && settings.callbackUrl !== null)
  )
}

/**
 * Looks for a call whose answer was lost: by the id that the provider's callback names, or by asking for our own; and
 * follows it to its end. One that neither shows within `findMs` is unknown: it may have arrived late, so it is not
 * taken as free.
 */
export async function findCall(attempt: Attempt, deps: Dependencies): Promise<CallEnd> {
  const giveUpAt = deps.monotonic() + deps.settings.findMs
  for (let waitMs = askAgainMsFirst; ; waitMs = Math.min(waitMs * 2, askAgainMsMax)) {
    const providerRef = (await adoptRef(attempt, attempt.bell.ref(), deps)) ?? (await ask(attempt, deps))
    if (providerRef !== null) return followCall(attempt, providerRef, 0, deps)
    if (deps.monotonic() >= giveUpAt) return outcomeUnknown(attempt)
    await pauseUnlessRung(waitMs, attempt, deps)
  }
}

/** The id that a verified callback named becomes the attempt's own, unless another attempt has it. */
export async function adoptRef(
  { id, fence }: Pick<Attempt, 'id' | 'fence'>,
  providerRef: string | null,
  { adopt, log }: Dependencies,
): Promise<string | null> {
  if (providerRef === null) return null
  try {
    if (await adopt(id, fence, providerRef)) return providerRef
    log.warn({ attempt: id, providerRef }, 'a callback named a call that is not this attempt’s')
  } catch (error) {
    log.warn({ err: error, attempt: id, providerRef }, 'could not keep the id that a callback named')
  }
  return null
}

async function ask(
  { provider, id, startedAt }: Attempt,
  { settings, log }: Dependencies,
): Promise<string | null> {
  try {
    return (await provider.find?.(id, startedAt, AbortSignal.timeout(settings.callTimeoutMs))) ?? null
  } catch (error) {
    log.warn({ err: error, attempt: id }, 'could not ask for a lost call; asking again')
    return null
  }
}
