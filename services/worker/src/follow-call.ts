import { type Polled, ProviderError } from '@halftone/providers'
import { type Attempt, type CallEnd, outcomeUnknown } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { untilDone } from './until-done.ts'

const pollMsMax = 5_000
const pollGrowth = 1.25
const afterFailedPollMs = 500

/**
 * Keeps the provider's id of an accepted call, then asks for its end. Asking is free: a failed poll (`billed: unknown`)
 * says nothing of the call and is repeated. It goes on past the job's deadline, since the call is paid for; what has
 * not ended after `pollMaxMs` is unknown.
 */
export async function followCall(
  attempt: Attempt,
  providerRef: string,
  pollAfterMs: number,
  deps: Dependencies,
): Promise<CallEnd> {
  const { attempts, monotonic, settings } = deps
  await untilDone(
    'keep the provider’s id',
    () => attempts.submitted(attempt.id, attempt.fence, providerRef),
    deps,
  )
  return pollCall(attempt, providerRef, pollAfterMs, monotonic() + settings.pollMaxMs, deps)
}

/** A callback ends the pause: it says nothing but that asking is worth while now. */
export async function pauseUnlessRung(
  ms: number,
  { bell }: Attempt,
  { sleep }: Dependencies,
  also?: AbortSignal,
): Promise<void> {
  const rung = bell.rung()
  await sleep(ms, also ? AbortSignal.any([rung, also]) : rung)
  bell.heard()
}

/** For a call whose id is kept already. */
export async function pollCall(
  attempt: Attempt,
  providerRef: string,
  pollAfterMs: number,
  giveUpAt: number,
  deps: Dependencies,
): Promise<CallEnd> {
  const { canceled } = attempt
  let waitMs = pollAfterMs
  // the first wait is about as long as such a call takes, so the others do not grow from it
  let backoffMs = 0
  let cancelSent = false
  while (deps.monotonic() < giveUpAt) {
    await pauseUnlessRung(waitMs, attempt, deps, cancelSent ? undefined : canceled)
    if (canceled.aborted && !cancelSent) {
      cancelSent = true
      await cancelCall(attempt, providerRef, deps)
    }
    const polled = await poll(attempt, providerRef, deps)
    if (polled.kind === 'done') return { kind: 'pictures', result: polled.result }
    if (polled.kind === 'failed') return { kind: cancelSent ? 'canceled' : 'failed', error: polled.error }
    backoffMs = Math.min(Math.max(backoffMs * pollGrowth, polled.pollAfterMs), pollMsMax)
    waitMs = backoffMs
  }
  return outcomeUnknown(attempt)
}

/** Asks once. */
export async function poll(
  { provider, spec, request, id }: Pick<Attempt, 'provider' | 'spec' | 'request' | 'id'>,
  providerRef: string,
  { settings, log }: Dependencies,
): Promise<Polled | { kind: 'failed'; error: ProviderError }> {
  try {
    if (!provider.poll) throw new Error(`${provider.id} accepts calls but cannot be polled`)
    return await provider.poll(providerRef, {
      spec,
      request,
      signal: AbortSignal.timeout(settings.callTimeoutMs),
    })
  } catch (error) {
    if (error instanceof ProviderError && error.billed !== 'unknown') return { kind: 'failed', error }
    log.warn({ err: error, attempt: id, providerRef }, 'could not ask for the end of a call; asking again')
    return { kind: 'pending', pollAfterMs: afterFailedPollMs }
  }
}

/** Best effort: the polls that follow show how it ended. */
async function cancelCall({ provider, id }: Attempt, providerRef: string, deps: Dependencies): Promise<void> {
  try {
    await provider.cancel?.(providerRef, AbortSignal.timeout(deps.settings.callTimeoutMs))
  } catch (error) {
    deps.log.warn({ err: error, attempt: id, providerRef }, 'could not cancel a call')
  }
}
