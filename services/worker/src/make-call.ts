import { crashPoint } from '@halftone/contracts'
import { type Call, ProviderError, type Started } from '@halftone/providers'
import { signCallbackUrl } from '@halftone/providers/callbacks'
import { type Attempt, type CallEnd, outcomeUnknown } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { canBeFound, findCall } from './find-call.ts'
import { followCall } from './follow-call.ts'

export interface Inputs {
  images: Uint8Array[]
  mask: Uint8Array | null
}

/**
 * Makes the paid call, once, and waits for its end. `sendBy` (monotonic ms): after it nothing is sent, because the
 * deadline has passed or the lease may be somebody else's by now (this process may have been paused since the claim).
 * A synchronous call is not cut by a cancel: it is paid for either way, so its picture is kept.
 */
export async function makeCall(
  attempt: Attempt,
  inputs: Inputs,
  sendBy: number,
  deps: Dependencies,
): Promise<CallEnd> {
  if (deps.monotonic() > sendBy) return { kind: 'unsent' }
  let started: Started
  try {
    started = await attempt.provider.start(callOf(attempt, inputs, deps))
  } catch (error) {
    return lostOrFailed(attempt, error, deps)
  }
  await crashPoint('after-answer', () => [attempt.id])
  if (started.kind === 'done') return { kind: 'pictures', result: started.result }
  return followCall(attempt, started.providerRef, started.pollAfterMs, deps)
}

/** What an adapter throws is a `ProviderError`; anything else is a bug in it, after which nobody knows what was sent. */
async function lostOrFailed(attempt: Attempt, error: unknown, deps: Dependencies): Promise<CallEnd> {
  const known = error instanceof ProviderError
  if (!known) deps.log.error({ err: error, attempt: attempt.id }, 'an adapter threw what is no ProviderError')
  if (known && error.billed !== 'unknown') return { kind: 'failed', error }
  if (canBeFound(attempt, deps)) return findCall(attempt, deps)
  return known ? { kind: 'failed', error } : outcomeUnknown(attempt, error)
}

function callOf(attempt: Attempt, inputs: Inputs, { settings, partials }: Dependencies): Call {
  const { id, spec, request, quality, job } = attempt
  return {
    attemptId: id,
    spec,
    request,
    quality,
    ...inputs,
    ...(request.partialImages
      ? {
          partials: request.partialImages,
          onPartial: (image: Uint8Array, index: number) => partials.show(job.id, image, index),
        }
      : {}),
    callbackUrl:
      settings.callbackUrl === null
        ? null
        : signCallbackUrl(settings.callbackUrl, settings.callbackSecret, attempt.provider.id, id),
    signal: AbortSignal.timeout(settings.callTimeoutMs),
  }
}
