import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '@halftone/contracts'
import { failure } from '../failure.ts'
import type { HttpAnswer, Send } from '../http.ts'
import { ProviderError } from '../image-provider.ts'
import { endNotKnown, replicateError } from './errors.ts'

const provider = 'Replicate'
const triesMax = 3

export interface DownloadOptions {
  send: Send
  baseUrl: string
  authorization: string
  /** Waits between tries; handed in so that tests need not. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/**
 * Fetches one output. It is paid for already and a GET is free, so a passing fault is tried again.
 * Fails with `billed: "yes"` when the picture cannot be had at all, `unknown` when asking later may help.
 */
export async function download(
  output: string,
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const url = trustedUrl(output, options.baseUrl)
  const pause = options.pause ?? ((ms, stop) => delay(ms, undefined, { signal: stop }))
  for (let attempt = 1; ; attempt++) {
    try {
      return readPicture(await get(url, options, signal))
    } catch (error) {
      if (isGone(error)) throw error
      if (attempt === triesMax || signal.aborted) throw endNotKnown(error)
      // When stopped meanwhile, the next try says so.
      await pause(attempt * 300, signal).catch(() => undefined)
    }
  }
}

/** A URL in an answer is input: it may only lead to where Replicate keeps files, or to the configured host itself. */
function trustedUrl(output: string, baseUrl: string): URL {
  const url = URL.canParse(output) ? new URL(output) : null
  const home = new URL(baseUrl)
  const delivered = url?.protocol === 'https:' && url.port === '' && isDeliveryHost(url.hostname)
  const trusted =
    url !== null && url.username === '' && url.password === '' && (delivered || url.origin === home.origin)
  if (!trusted) throw gone(new Error(`an output at a place that is not Replicate's: ${output.slice(0, 200)}`))
  return url
}

function isDeliveryHost(host: string): boolean {
  return host === 'replicate.delivery' || host.endsWith('.replicate.delivery')
}

function get(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<HttpAnswer> {
  const atHome = url.origin === new URL(options.baseUrl).origin
  return options.send({
    provider,
    method: 'GET',
    url: url.href,
    // The delivery host is somebody else's machine: it never sees the key.
    headers: atHome ? { authorization: options.authorization } : {},
    paid: false,
    signal,
    timeoutMs: 60_000,
    bytesMax: limits.fileBytes,
  })
}

function readPicture(answer: HttpAnswer): Uint8Array {
  if (answer.status === 200 && answer.body.length > 0) return answer.body
  const error = replicateError(answer)
  throw answer.status === 404 || answer.status === 410 ? gone(error) : error
}

function gone(cause: Error): Error {
  return failure(provider, 'bad_answer', { billed: 'yes', cause })
}

function isGone(error: unknown): boolean {
  return error instanceof ProviderError && error.billed === 'yes'
}
