import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '@halftone/contracts'
import { verdictOfStatus } from './answer-error.ts'
import { failure } from './failure.ts'
import type { Send } from './http.ts'
import { ProviderError, type Usage } from './image-provider.ts'
import { trustedUrl } from './trusted-url.ts'

const triesMax = 3

export interface PictureSource {
  provider: string
  send: Send
  baseUrl: string
  /** Where this provider delivers. */
  domains: readonly string[]
  /** Waits between tries; handed in so that tests need not. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/**
 * Fetches one picture that is paid for already, without any key: whoever delivers it never sees one. A GET is free, so a
 * passing fault is tried again. Fails with `billed: "yes"` (and `usage`) when the picture cannot be had at all,
 * `unknown` when asking later may help.
 */
export async function fetchPicture(
  place: string,
  source: PictureSource,
  usage: Usage,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { provider, pause = (ms: number, stop: AbortSignal) => delay(ms, undefined, { signal: stop }) } =
    source
  const url = trustedUrl(place, source.baseUrl, source.domains)
  if (!url)
    throw gone(provider, usage, `a picture at a place that is not the provider's: ${place.slice(0, 200)}`)
  for (let attempt = 1; ; attempt++) {
    try {
      return await get(url, source, usage, signal)
    } catch (error) {
      if (error instanceof ProviderError && error.billed === 'yes') throw error
      if (attempt === triesMax || signal.aborted)
        throw failure(provider, 'provider_down', { billed: 'unknown', cause: error })
      // When stopped meanwhile, the next try says so.
      await pause(attempt * 300, signal).catch(() => undefined)
    }
  }
}

async function get(
  url: URL,
  { provider, send }: PictureSource,
  usage: Usage,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const answer = await send({
    ...{ provider, method: 'GET', url: url.href, headers: {} },
    ...{ paid: false, signal, timeoutMs: 60_000, bytesMax: limits.fileBytes },
  })
  const { status, body } = answer
  if (status === 200 && body.length > 0) return body
  // 403 is what a signed URL answers after its time.
  if ([403, 404, 410].includes(status))
    throw gone(provider, usage, `HTTP ${status} where the picture was due`)
  const { code } = verdictOfStatus(status, false)
  throw failure(provider, code, { billed: 'unknown', status, cause: new Error(`HTTP ${status}`) })
}

function gone(provider: string, usage: Usage, why: string): ProviderError {
  return failure(provider, 'bad_answer', { billed: 'yes', usage, cause: new Error(why) })
}
