import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { z } from 'zod'
import { Failure } from '../failure.ts'

/** What came in, and whether it is what it says. */
export interface Received {
  id: string | null
  /** Why it is not to be believed; null: its signature is good. */
  fault: string | null
  type: string
  data: Record<string, unknown>
  /** What it was answered with: by whom it was forwarded to, or by us. */
  answered: number
  ms: number
}

const eventSchema = z.looseObject({ type: z.string(), data: z.record(z.string(), z.unknown()) })
const bodyBytesMax = 5_000_000
const forwardMs = 14_000

export interface Receiver {
  url: string
  close(): Promise<void>
}

/**
 * A small server on this machine that takes webhooks: those that are signed with the secret are answered with 204, or
 * with what `forward` answers to the same headers and body; others with 401. Throws `usage` if the port is taken.
 */
export async function receiveEvents(options: {
  port: number
  /** Asked for at each message: it may not be known at first. */
  secret(): Promise<string>
  forward: string | null
  onEvent(received: Received): void
}): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const started = performance.now()
    const body = await bodyOf(request)
    if (body === null) return response.writeHead(413).end()
    const { fault, event } = verify(await options.secret(), body, request.headers)
    const answered =
      fault !== null ? 401 : options.forward === null ? 204 : await forward(options.forward, request, body)
    response.writeHead(answered).end()
    const id = request.headers['webhook-id']
    options.onEvent({
      id: typeof id === 'string' ? id : null,
      fault,
      ...event,
      answered,
      ms: Math.round(performance.now() - started),
    })
  })
  await new Promise<void>((done, fail) => {
    server.once('error', (cause) =>
      fail(
        new Failure('usage', `port ${options.port} cannot be listened at`, {
          next: 'name a free one with --port',
          cause,
        }),
      ),
    )
    server.listen(options.port, '127.0.0.1', done)
  })
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : options.port}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

type Event = Pick<Received, 'type' | 'data'>

function verify(
  secret: string,
  body: Buffer,
  headers: IncomingHttpHeaders,
): { fault: string | null; event: Event } {
  const text = body.toString()
  const event: Event = eventSchema.safeParse(jsonOf(text)).data ?? { type: '?', data: {} }
  try {
    const named = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    )
    new Webhook(secret).verify(text, Object.fromEntries(named))
    return { fault: null, event }
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error
    return { fault: error.message.toLowerCase(), event }
  }
}

/** These are of the one connection, not of the message. */
const hopHeaders = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
])

/** 502 if nobody is there. */
async function forward(url: string, request: IncomingMessage, body: Buffer): Promise<number> {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string' && !hopHeaders.has(name)) headers.set(name, value)
  const signal = AbortSignal.timeout(forwardMs)
  const sent = { method: 'POST', headers, body: new Uint8Array(body), signal, redirect: 'manual' } as const
  const response = await fetch(url, sent).catch(() => null)
  await response?.body?.cancel()
  return response?.status ?? 502
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
