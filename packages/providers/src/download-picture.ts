import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '@halftone/contracts'
import { failure } from './failure.ts'
import type { Send } from './http.ts'
import type { Usage } from './image-provider.ts'

const triesMax = 3

export interface PictureHost {
  send: Send
  /** The provider's name, for messages. */
  provider: string
  /** Its own base URL: pictures there are always trusted. */
  baseUrl: string
  /** Other hosts that it is known to keep pictures at; `*.` for any below. Only by https, and without the key. */
  hosts: readonly string[]
  /** What the call that made the picture used: it is owed though the picture cannot be had. */
  usage?: Usage
  /** Waits between tries; handed in so that tests need not. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/**
 * Fetches a picture that is paid for already. A GET is free, so a passing fault is tried again; then it is a bad
 * answer that was billed. A URL in an answer is input: it leads to the provider's own hosts or nowhere.
 */
export async function downloadPicture(
  link: string,
  host: PictureHost,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const url = trustedUrl(link, host)
  const pause = host.pause ?? ((ms, stop) => delay(ms, undefined, { signal: stop }))
  for (let attempt = 1; ; attempt++) {
    const answer = await get(url, host, signal).catch((cause: unknown) => ({ failed: cause }))
    if ('body' in answer && answer.status === 200 && answer.body.length > 0) return answer.body
    const cause = 'failed' in answer ? answer.failed : new Error(`HTTP ${answer.status}`)
    const final = 'status' in answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429
    if (final || attempt === triesMax || signal.aborted) throw lost(host, cause)
    // When stopped meanwhile, the next try says so.
    await pause(attempt * 300, signal).catch(() => undefined)
  }
}

function trustedUrl(link: string, host: PictureHost): URL {
  const url = URL.canParse(link) ? new URL(link) : null
  const plain = url !== null && url.username === '' && url.password === ''
  const known = url?.protocol === 'https:' && url.port === '' && host.hosts.some((name) => fits(url, name))
  if (plain && (known || url.origin === new URL(host.baseUrl).origin)) return url
  throw lost(host, new Error(`a picture at a place that is not the provider's: ${link.slice(0, 200)}`))
}

function fits({ hostname }: URL, name: string): boolean {
  return name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name
}

function get(url: URL, { send, provider }: PictureHost, signal: AbortSignal) {
  return send({
    provider,
    method: 'GET',
    url: url.href,
    // Such links carry their own permission; the key is for the API alone.
    headers: {},
    paid: false,
    signal,
    timeoutMs: 60_000,
    bytesMax: limits.fileBytes,
  })
}

function lost({ provider, usage }: PictureHost, cause: unknown): Error {
  return failure(provider, 'bad_answer', { billed: 'yes', usage, cause })
}
