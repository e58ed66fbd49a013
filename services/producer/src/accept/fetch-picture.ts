import { AppError, createGate, limits } from '@halftone/contracts'
import { BlockedTargetError, parseTarget } from '@halftone/egress'
import { type Dispatcher, request } from 'undici'

/** The bytes behind a URL that a caller named; what they are is for the checks of pictures to say. */
export type FetchPicture = (url: string, field: string) => Promise<Uint8Array>

const redirectsMax = 3
const atOnce = 32

/**
 * Fetches pictures through the guard: from public places by https, at most 50 MB, within `timeoutMs` over all
 * redirects, without key, cookie or referrer. Throws `invalid_request` for a place that is not called, `too_large`, and
 * `impossible` where it has no picture for us.
 */
export function createPictureFetch({
  agent,
  timeoutMs,
}: {
  agent: Dispatcher
  timeoutMs: number
}): FetchPicture {
  // each may hold a whole picture
  const gate = createGate(atOnce)
  return (url, field) =>
    gate(async () => {
      try {
        return await follow(url, agent, AbortSignal.timeout(timeoutMs))
      } catch (error) {
        throw refusal(error, field, timeoutMs)
      }
    })
}

async function follow(start: string, agent: Dispatcher, signal: AbortSignal): Promise<Uint8Array> {
  let url = parseTarget(start)
  for (let hop = 0; ; hop++) {
    const answer = await request(url, {
      dispatcher: agent,
      signal,
      headers: {
        accept: 'image/png, image/jpeg, image/webp',
        // what unpacks to any size is not unpacked
        'accept-encoding': 'identity',
        'user-agent': 'halftone',
      },
    })
    // what is left unread is cut off, and that is no fault of anybody
    answer.body.on('error', () => {})
    const location = answer.statusCode >= 300 && answer.statusCode < 400 ? answer.headers.location : undefined
    if (location === undefined) return readBody(answer)
    answer.body.destroy()
    if (hop === redirectsMax) throw new NoPictureError(`leads through more than ${redirectsMax} redirects`)
    const next = String(location)
    url = parseTarget(URL.canParse(next, url.href) ? new URL(next, url).href : next)
  }
}

async function readBody({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Uint8Array> {
  try {
    if (statusCode !== 200) throw new NoPictureError(`answers ${statusCode}`)
    if ((headers['content-encoding'] ?? 'identity') !== 'identity')
      throw new NoPictureError('answers with a packed body')
    if (Number(headers['content-length'] ?? 0) > limits.fileBytes) throw new TooLongError()
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > limits.fileBytes) throw new TooLongError()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    body.destroy()
  }
}

class NoPictureError extends Error {}
class TooLongError extends Error {}

const instead = 'or upload the picture by POST /v1/files and give its id'

function refusal(error: unknown, field: string, timeoutMs: number): AppError {
  if (error instanceof BlockedTargetError)
    return new AppError('invalid_request', error.message, {
      field,
      limit: 'a public https URL',
      next: `give one, ${instead}`,
      cause: error,
    })
  if (error instanceof TooLongError)
    return new AppError('too_large', `a picture has at most ${limits.fileBytes} bytes`, {
      field,
      limit: limits.fileBytes,
      next: 'send a smaller picture',
    })
  if (error instanceof NoPictureError) return unreadable(`the URL ${error.message}`, field, error)
  const late = error instanceof Error && error.name === 'TimeoutError'
  return unreadable(
    late ? `the URL did not answer in full within ${timeoutMs / 1_000} s` : 'the URL could not be read',
    field,
    error,
  )
}

function unreadable(detail: string, field: string, cause: unknown): AppError {
  return new AppError('impossible', detail, {
    field,
    limit: 'a picture that anybody may GET',
    next: `check that the URL answers 200 without a key, ${instead}`,
    cause,
  })
}
