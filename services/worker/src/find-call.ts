import { type Attempt, type CallEnd, outcomeUnknown } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { followCall } from './follow-call.ts'

const askAgainMsFirst = 500
const askAgainMsMax = 5_000

/**
 * Asks the provider for a call whose answer was lost, by our attempt id, and follows it to its end. One that the
 * provider does not show within `findMs` is unknown: it may have arrived late, so it is not taken as free.
 */
export async function findCall(attempt: Attempt, deps: Dependencies): Promise<CallEnd> {
  const giveUpAt = deps.monotonic() + deps.settings.findMs
  for (let waitMs = askAgainMsFirst; ; waitMs = Math.min(waitMs * 2, askAgainMsMax)) {
    const providerRef = await ask(attempt, deps)
    if (providerRef !== null) return followCall(attempt, providerRef, 0, deps)
    if (deps.monotonic() >= giveUpAt) return outcomeUnknown(attempt)
    await deps.sleep(waitMs)
  }
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
