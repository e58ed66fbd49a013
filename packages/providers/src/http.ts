import { Agent, type Dispatcher } from 'undici'
import { failure } from './failure.ts'
import type { ProviderError } from './image-provider.ts'

export interface HttpRequest {
  /** The provider's name, for messages. */
  provider: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  headers: Record<string, string>
  body?: Uint8Array | string
  /** A paid request whose answer is lost may have been paid; a free one has merely failed. */
  paid: boolean
  signal: AbortSignal
  /** From the first step to the last byte of the answer. */
  timeoutMs: number
  /** A longer answer is cut off: `AnswerTooLongError`. */
  bytesMax: number
  /** The URL came with an answer and not from the configuration: it is reached through the guard only. */
  foreign?: boolean
  /** Sees the body while it arrives; the answer still holds all of it. */
  onData?: (chunk: Buffer, head: Pick<HttpAnswer, 'status' | 'headers'>) => void
}

/** Somebody sends more than what was asked for can have. */
export class AnswerTooLongError extends Error {
  constructor(bytesMax: number) {
    super(`the answer is longer than ${bytesMax} bytes`)
    this.name = 'AnswerTooLongError'
  }
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** Sends once: no retries, no redirects. Resolves with any complete answer; else rejects with a `ProviderError`. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>

export interface Http {
  send: Send
  open: Open
  /** Cuts what is under way. */
  close(): Promise<void>
}

export interface HttpOptions {
  connectTimeoutMs?: number
  /** Dials what foreign requests name, and refuses addresses that are not public. Without it none is sent. */
  guard?: Dispatcher
}

/** A long answer to a free GET, read piece by piece as fast as it is used. `timeoutMs`: without any byte. */
export type Open = (
  request: Pick<HttpRequest, 'provider' | 'url' | 'headers' | 'signal' | 'timeoutMs'>,
) => Promise<Pick<HttpAnswer, 'status' | 'headers'> & { chunks: AsyncIterable<Buffer> }>

/** The only way to a provider. */
export function createHttp(options: HttpOptions = {}): Http {
  const agent = new Agent({
    connect: { timeout: options.connectTimeoutMs ?? 10_000 },
    // One deadline for the whole call rules instead.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Over HTTP/2 a lost session takes every stream on it with it, and streams may be replayed.
    allowH2: false,
    pipelining: 1,
  })
  return {
    async send(request) {
      if (!request.foreign) return send(agent, request)
      if (options.guard) return send(options.guard, request)
      const cause = new Error('there is no guard to reach foreign URLs by')
      throw failure(request.provider, 'provider_config', { billed: 'no', cause })
    },
    async open({ provider, url: href, headers, signal, timeoutMs }) {
      const url = new URL(href)
      try {
        const {
          statusCode,
          headers: answered,
          body,
        } = await agent.request({
          ...dispatchOptions({ method: 'GET', headers }, url),
          signal,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        })
        return { status: statusCode, headers: answered, chunks: body }
      } catch (cause) {
        throw failure(provider, 'provider_down', { billed: 'no', cause })
      }
    },
    async close() {
      await Promise.all([agent.destroy(), options.guard?.destroy()])
    },
  }
}

async function send(agent: Dispatcher, request: HttpRequest): Promise<HttpAnswer> {
  const url = new URL(request.url)
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(request, resolve, reject)
    if (!exchange.over) agent.dispatch(dispatchOptions(request, url), exchange)
  })
}

function dispatchOptions(
  request: Pick<HttpRequest, 'method' | 'headers' | 'body'>,
  url: URL,
): Dispatcher.DispatchOptions {
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'halftone', ...request.headers },
    body: request.body ?? null,
  }
}

/** One request and its answer. Knows whether a byte has left, since that decides whether money may have been spent. */
class Exchange implements Dispatcher.DispatchHandler {
  over = false
  private readonly request: HttpRequest
  private readonly resolve: (answer: HttpAnswer) => void
  private readonly reject: (error: ProviderError) => void
  private readonly timer: NodeJS.Timeout
  private controller: Dispatcher.DispatchController | null = null
  private status = 0
  private headers: HttpAnswer['headers'] = {}
  private readonly chunks: Uint8Array[] = []
  private bytes = 0

  constructor(
    request: HttpRequest,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: ProviderError) => void,
  ) {
    this.request = request
    this.resolve = resolve
    this.reject = reject
    this.timer = setTimeout(
      () => this.cut(new Error(`no answer in ${request.timeoutMs} ms`)),
      request.timeoutMs,
    )
    request.signal.addEventListener('abort', this.onAbort)
    if (request.signal.aborted) this.onAbort()
  }

  /** undici calls this with a connected socket in hand, right before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.over) controller.abort(new Error('stopped before it was sent'))
    else this.controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HttpAnswer['headers']): void {
    this.status = status
    this.headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length
    if (this.bytes > this.request.bytesMax) {
      this.cut(new AnswerTooLongError(this.request.bytesMax))
      return
    }
    this.chunks.push(chunk)
    if (!this.over) this.request.onData?.(chunk, { status: this.status, headers: this.headers })
  }

  onResponseEnd(): void {
    if (!this.end()) return
    this.resolve({ status: this.status, headers: this.headers, body: Buffer.concat(this.chunks, this.bytes) })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  private readonly onAbort = (): void => this.cut(this.request.signal.reason)

  private cut(reason: unknown): void {
    const sent = this.controller
    this.fail(reason)
    sent?.abort(new Error('cut', { cause: reason }))
  }

  private fail(cause: unknown): void {
    if (!this.end()) return
    const mayBePaid = this.request.paid && this.controller !== null
    const code = mayBePaid ? 'outcome_unknown' : 'provider_down'
    this.reject(failure(this.request.provider, code, { billed: mayBePaid ? 'unknown' : 'no', cause }))
  }

  /** True for the first to end it. */
  private end(): boolean {
    if (this.over) return false
    this.over = true
    clearTimeout(this.timer)
    this.request.signal.removeEventListener('abort', this.onAbort)
    return true
  }
}

/** A header's value; the first where it was sent more than once. */
export function header(answer: HttpAnswer, name: string): string | null {
  const value = answer.headers[name]
  return (Array.isArray(value) ? value[0] : value) ?? null
}
