import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '@halftone/contracts'
import { answerError, verdictOfStatus } from './answer-error.ts'
import { decodeDataUrl } from './decode-base64.ts'
import { failure } from './failure.ts'
import { AnswerTooLongError, type HttpAnswer, header, type Send } from './http.ts'
import { ProviderError, type Usage } from './image-provider.ts'
import { stillUnknown } from './rebilled.ts'

export interface PictureHost {
  send: Send
  /** The provider's name, for messages. */
  provider: string
  /** Its own base URL: pictures there are always trusted. */
  baseUrl: string
  /** What authenticates there, if a download needs it. No other host ever sees it. */
  headers?: Record<string, string>
  /** Other hosts where it is known to keep pictures; `*.` for any below. null: nobody says, the guard alone decides. */
  hosts: readonly string[] | null
  /** What the call that made the picture used: it is owed though the picture cannot be had. */
  usage?: Usage
  /** The call can be asked for its pictures again: then a passing fault leaves its end unknown instead of lost. */
  again?: boolean
  /** Waits between tries; handed in so that tests need not. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

const triesMax = 3
const redirectsMax = 3
const tryTimeoutMs = 60_000

/**
 * Fetches one picture from the URL in an answer. It is paid for already and a GET is free, so a passing fault is tried
 * again. The URL is input: it leads to the API itself or, through the guard, to where the provider keeps files; a
 * redirect too. The bytes are handed on as they are: what they claim to be is not believed.
 * Fails with `billed: "yes"` when the picture cannot be had, `unknown` when asking later may help.
 */
export async function downloadPicture(
  link: string,
  host: PictureHost,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (link.startsWith('data:')) return inlinePicture(link, host)
  const start = trustedUrl(link, host)
  const pause = host.pause ?? ((ms, stop) => delay(ms, undefined, { signal: stop }))
  for (let attempt = 1; ; attempt++) {
    try {
      return readPicture(await follow(start, host, signal), host)
    } catch (error) {
      if (isLost(error)) throw error
      if (isRefused(error)) throw lost(host, error)
      if (attempt === triesMax || signal.aborted)
        throw host.again ? stillUnknown(host.provider, error) : lost(host, error)
      // When stopped meanwhile, the next try says so.
      await pause(attempt * 300, signal).catch(() => undefined)
    }
  }
}

/** A link, if it is one that this provider may send us to. */
function trustedUrl(link: string, host: PictureHost): URL {
  const url = URL.canParse(link) ? new URL(link) : null
  const plain = url !== null && url.username === '' && url.password === ''
  if (plain && (isHome(url, host) || isDelivery(url, host.hosts))) return url
  throw lost(host, new Error(`a picture at a place that is not the provider's: ${link.slice(0, 200)}`))
}

function isHome(url: URL, { baseUrl }: PictureHost): boolean {
  return url.origin === new URL(baseUrl).origin
}

function isDelivery({ protocol, port, hostname }: URL, hosts: readonly string[] | null): boolean {
  if (protocol !== 'https:' || port !== '') return false
  const fits = (name: string) =>
    name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name
  return hosts === null || hosts.some(fits)
}

async function follow(start: URL, host: PictureHost, signal: AbortSignal): Promise<HttpAnswer> {
  let url = start
  for (let hop = 0; ; hop++) {
    const answer = await get(url, hop, host, signal)
    const location = answer.status >= 300 && answer.status < 400 ? header(answer, 'location') : null
    if (location === null) return answer
    if (hop === redirectsMax) throw lost(host, new Error(`more than ${redirectsMax} redirects`))
    url = trustedUrl(URL.canParse(location, url.href) ? new URL(location, url).href : location, host)
  }
}

function get(url: URL, hop: number, host: PictureHost, signal: AbortSignal): Promise<HttpAnswer> {
  const atHome = isHome(url, host)
  return host.send({
    provider: host.provider,
    method: 'GET',
    url: url.href,
    // A delivery host is somebody else's machine: it never sees the key, and cannot send it anywhere either.
    headers: atHome && hop === 0 ? { ...host.headers } : {},
    foreign: !atHome,
    paid: false,
    signal,
    timeoutMs: tryTimeoutMs,
    bytesMax: limits.fileBytes,
  })
}

function readPicture(answer: HttpAnswer, host: PictureHost): Uint8Array {
  const { status, body } = answer
  const encoding = header(answer, 'content-encoding')
  // None was asked for; what unpacks to any size is not unpacked.
  if (encoding !== null && encoding !== 'identity')
    throw lost(host, new Error(`a picture packed as ${encoding.slice(0, 50)}`))
  if (status === 200 && body.length > 0) return body
  const error = answerError(host.provider, answer, verdictOfStatus(status, true))
  // 403 is what a signed URL answers after its time.
  const final = status >= 400 && status < 500 && ![408, 425, 429].includes(status)
  throw final ? lost(host, error) : error
}

function inlinePicture(link: string, host: PictureHost): Uint8Array {
  const bytes = decodeDataUrl(link)
  if (bytes && bytes.length > 0 && bytes.length <= limits.fileBytes) return bytes
  throw lost(host, new Error('a data URL that is no picture, or too long'))
}

function lost({ provider, usage }: PictureHost, cause: unknown): Error {
  return failure(provider, 'bad_answer', { billed: 'yes', usage, cause })
}

function isLost(error: unknown): boolean {
  return error instanceof ProviderError && error.billed === 'yes'
}

/** By us, whenever we ask: the guard does not let the address through, or it sends more than any picture has. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof ProviderError ? error.cause : null
  return (
    cause instanceof AnswerTooLongError || (cause instanceof Error && cause.name === 'BlockedTargetError')
  )
}
