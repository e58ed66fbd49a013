import { answerError } from './answer-error.ts'
import { HalftoneError } from './halftone-error.ts'
import { sleep } from './sleep.ts'

export interface TransportOptions {
  /** Where Halftone is, such as `http://127.0.0.1:8080`. */
  baseUrl: string
  apiKey: string
  fetch?: typeof fetch
  /** How long one try of a call may take, beyond the time that it asked the server to wait. Default 30 s. */
  timeoutMs?: number
  /** How often a call is sent again. Only calls that cannot buy twice ever are. Default 5. */
  retriesMax?: number
}

export interface Call {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  body?: string | FormData
  headers?: Record<string, string>
  /** Makes a creating call safe to send again. */
  idempotencyKey?: string
  /** A call that changes nothing when it is sent twice. */
  repeatable?: boolean
  /** The server holds its answer for so long. */
  waitMs?: number
  signal?: AbortSignal
}

export interface Transport {
  /** The answer's JSON. It is our own server's, and trusted to be of that shape. */
  json<T>(call: Call): Promise<T>
  bytes(call: Call): Promise<ArrayBuffer>
  /** The answer itself, once it is a good one; the time allowed covers its headers, not its body. */
  open(call: Call): Promise<Response>
}

/** Longer than this nobody should sleep unasked: the error tells how long. */
const retryAfterMaxMs = 60_000
const firstRetryMs = 250
const asksToRepeat = new Set([429, 502, 503, 504])

export function createTransport(options: TransportOptions): Transport {
  const base = options.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')
  const { timeoutMs = 30_000, retriesMax = 5 } = options
  const fetchIt: typeof fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))

  async function once<T>(call: Call, read: (response: Response) => Promise<T> | T): Promise<T> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs + (call.waitMs ?? 0))
    const signal = call.signal ? AbortSignal.any([call.signal, late.signal]) : late.signal
    try {
      const response = await fetchIt(`${base}${call.path}`, {
        method: call.method,
        body: call.body,
        headers: headersOf(call, options.apiKey),
        signal,
      })
      if (!response.ok) throw await answerError(response)
      return await read(response)
    } catch (error) {
      call.signal?.throwIfAborted()
      if (error instanceof HalftoneError) throw error
      throw new HalftoneError(
        late.signal.aborted ? `${base} did not answer in time` : `${base} cannot be reached`,
        { code: 'network', next: 'check the address, and that Halftone runs there', cause: error },
      )
    } finally {
      clearTimeout(timer)
    }
  }

  async function send<T>(call: Call, read: (response: Response) => Promise<T> | T): Promise<T> {
    call.signal?.throwIfAborted()
    for (let tries = 0; ; tries++) {
      try {
        return await once(call, read)
      } catch (error) {
        if (!(error instanceof HalftoneError) || tries >= retriesMax || !mayRepeat(call, error)) throw error
        const backoffMs = firstRetryMs * 2 ** tries * (0.5 + Math.random() / 2)
        await sleep(Math.max(backoffMs, error.retryAfterMs ?? 0), call.signal)
      }
    }
  }

  return {
    json: <T>(call: Call) => send(call, (response) => response.json() as Promise<T>),
    bytes: (call) => send(call, (response) => response.arrayBuffer()),
    open: (call) => send(call, (response) => response),
  }
}

function headersOf(call: Call, apiKey: string): Record<string, string> {
  return {
    authorization: `Bearer ${apiKey}`,
    ...(typeof call.body === 'string' ? { 'content-type': 'application/json' } : {}),
    ...(call.idempotencyKey ? { 'idempotency-key': call.idempotencyKey } : {}),
    ...call.headers,
  }
}

function mayRepeat(call: Call, error: HalftoneError): boolean {
  const safe = call.method === 'GET' || call.repeatable || call.idempotencyKey !== undefined
  if (!safe || (error.retryAfterMs ?? 0) > retryAfterMaxMs) return false
  return (
    error.code === 'network' ||
    error.code === 'idempotency_in_flight' ||
    (error.status !== null && asksToRepeat.has(error.status))
  )
}
