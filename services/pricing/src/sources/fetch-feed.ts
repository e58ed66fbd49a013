import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { request } from 'undici'

export type Fetched = { kind: 'unchanged' } | { kind: 'body'; text: string; etag: string | null }

export interface FetchOptions {
  etag?: string | null
  headers?: Record<string, string>
  timeoutMs: number
  /** Of the answer as sent, and again of what it unpacks to. */
  bytesMax: number
}

/**
 * GET that asks only for news. Throws on any other status, after the time allowed, and beyond the size allowed: a small
 * answer that unpacks to a huge one is stopped at the same limit.
 */
export async function fetchFeed(url: string, options: FetchOptions): Promise<Fetched> {
  const { statusCode, headers, body } = await request(url, {
    signal: AbortSignal.timeout(options.timeoutMs),
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip, br',
      ...options.headers,
      ...(options.etag ? { 'if-none-match': options.etag } : {}),
    },
  })
  if (statusCode === 304) {
    await body.dump()
    return { kind: 'unchanged' }
  }
  if (statusCode !== 200) {
    await body.dump()
    throw new Error(`the source answered ${statusCode}`)
  }
  const sent = capped(options.bytesMax)
  const chunks: Buffer[] = []
  const unpacked = async (stream: AsyncIterable<Buffer>) => {
    for await (const chunk of capped(options.bytesMax)(stream)) chunks.push(chunk)
  }
  const unpack = decoderOf([headers['content-encoding']].flat()[0])
  await (unpack ? pipeline(body, sent, unpack, unpacked) : pipeline(body, unpacked))
  const etag = [headers.etag].flat()[0] ?? null
  return { kind: 'body', text: Buffer.concat(chunks).toString('utf8'), etag }
}

/** JSON, or an error that says what came instead: a page in front of a feed answers 200 too. */
export function parseFeed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const start = text.trimStart().slice(0, 15).toLowerCase()
    const what = start.startsWith('<') ? 'a web page' : text === '' ? 'nothing' : 'something that is not JSON'
    throw new Error(`the source answered ${what}`, { cause })
  }
}

function decoderOf(encoding: string | undefined) {
  switch (encoding?.toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return null
    case 'gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    default:
      throw new Error(`the source answered in the encoding ${encoding}`)
  }
}

function capped(bytesMax: number) {
  return async function* (stream: AsyncIterable<Buffer>) {
    let bytes = 0
    for await (const chunk of stream) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new Error(`the source's answer is larger than ${bytesMax} bytes`)
      yield chunk
    }
  }
}
