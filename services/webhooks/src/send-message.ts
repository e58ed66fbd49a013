import type { Clock } from '@halftone/contracts'
import { BlockedTargetError, parseTarget } from '@halftone/egress'
import { type Dispatcher, request } from 'undici'
import { parseRetryAfter } from './next-try.ts'

export type Answer =
  | { kind: 'delivered'; status: number; text: string | null }
  /** `final`: no later try can help, or the receiver does not want one. */
  | {
      kind: 'failed'
      status: number | null
      error: string
      text: string | null
      retryAfterMs: number | null
      final: boolean
    }

export interface SendOptions {
  dispatcher: Dispatcher
  /** From dialling to the end of the answer. */
  totalMs: number
  now: Clock
}

/** The signed request, as it goes out. */
export interface SignedMessage {
  id: string
  url: string
  body: string
  timestampSeconds: number
  signature: string
}

const answerBytesMax = 65_536
const keptChars = 1_000

/** Sends one message once. Never throws: every way to fail is an answer. Redirects are not followed. */
export async function sendMessage(message: SignedMessage, options: SendOptions): Promise<Answer> {
  try {
    const { statusCode, headers, body } = await request(parseTarget(message.url), {
      method: 'POST',
      dispatcher: options.dispatcher,
      signal: AbortSignal.timeout(options.totalMs),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'halftone-webhooks',
        'webhook-id': message.id,
        'webhook-timestamp': String(message.timestampSeconds),
        'webhook-signature': message.signature,
      },
      body: message.body,
    })
    if (statusCode >= 200 && statusCode < 300) {
      // it has been taken: how the rest of the answer fares changes nothing
      return { kind: 'delivered', status: statusCode, text: (await readStart(body)) || null }
    }
    const text = await readStart(body)
    return {
      kind: 'failed',
      status: statusCode,
      error: `answered ${statusCode}: ${text}`.replace(/: $/, ''),
      text: text || null,
      retryAfterMs: parseRetryAfter([headers['retry-after']].flat()[0], options.now()),
      final: statusCode === 410 || headers['webhook-delivery'] === 'abort-message',
    }
  } catch (error) {
    const final = error instanceof BlockedTargetError && error.permanent
    return {
      kind: 'failed',
      status: null,
      error: describe(error, options),
      text: null,
      retryAfterMs: null,
      final,
    }
  }
}

/** The first of an answer, for the endpoint's owner; whatever comes after 64 kB is never read. */
async function readStart(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= answerBytesMax) break
    }
  } catch {
    // a cut answer: its status is known, which is what counts
  }
  // Postgres takes no NUL
  return Buffer.concat(chunks).toString('utf8').slice(0, keptChars).replaceAll('\0', '').toWellFormed().trim()
}

const wordsByCode: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve now',
}

function describe(error: unknown, options: SendOptions): string {
  if (error instanceof BlockedTargetError) return error.message
  if (!(error instanceof Error)) return 'the request failed'
  if (error.name === 'TimeoutError') return `no answer within ${options.totalMs / 1_000} s`
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return wordsByCode[code] ?? `the request failed (${code})`
}
