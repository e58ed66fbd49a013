import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { problemSchema } from '@halftone/contracts'
import { z } from 'zod'
import { type Connection, startCommand } from './connection.ts'
import { Failure } from './failure.ts'

type Query = Record<string, string | undefined>

/** The calls that the verbs make. Answers are what the server sent, not yet looked at. */
export interface Api {
  /** Its base URL, without trailing slash. */
  url: string
  get(path: string, query?: Query): Promise<unknown>
  /** With the admin key; null if this server has no such route, or no admin key is known. */
  getAsAdmin(path: string, query?: Query): Promise<unknown>
  /** With the admin key; a failure if none is known. */
  operate(method: 'GET' | 'POST', path: string, query?: Query, body?: unknown): Promise<unknown>
  /** The same idempotency key again repeats the answer and does nothing. */
  post(path: string, body: unknown, idempotencyKey?: string): Promise<unknown>
  /** Any other call with the key; null where the answer has no body. */
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, request?: SentRequest): Promise<unknown>
  /** The answer's body as lines of text. */
  lines(path: string, query?: Query): AsyncIterable<string>
  /** Answers the file's id. */
  upload(path: string, purpose: 'image' | 'mask'): Promise<string>
}

interface SentRequest {
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it comes, instead of a body. */
  stream?: { type: string; chunks: () => AsyncIterable<string> }
  idempotencyKey?: string
}

const answerMs = 150_000
const streamMs = 600_000
const keyHint = 'give the right key with --key or HALFTONE_KEY'
const adminKeyHint = 'set HALFTONE_ADMIN_KEY to the admin key of this server'

/** @param interrupted - what gives up all calls that are under way */
export function createApi({ api, key, adminKey }: Connection, interrupted?: AbortSignal): Api {
  async function open(path: string, init: RequestInit = {}, bearer = key, ms = answerMs): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${bearer}`)
    const signal = AbortSignal.any([AbortSignal.timeout(ms), ...(interrupted ? [interrupted] : [])])
    const response = await fetch(`${api}${path}`, { ...init, headers, signal }).catch((cause: unknown) => {
      if (interrupted?.aborted) throw new Failure('interrupted', 'interrupted')
      throw new Failure('unreachable', `${api} does not answer`, {
        next: `start a stack with "${startCommand}", or name another with --api`,
        cause,
      })
    })
    if (!response.ok)
      throw await refusal(
        response,
        `${init.method ?? 'GET'} ${path}`,
        bearer === key ? keyHint : adminKeyHint,
      )
    return response
  }
  async function call(path: string, init: RequestInit = {}, bearer = key): Promise<unknown> {
    const response = await open(path, init, bearer)
    if (response.status === 204) return null
    return response.json().catch((cause: unknown) => {
      throw new Failure('failed', `${api} answered with something that is not JSON`, {
        next: 'see that --api names a Halftone server',
        cause,
      })
    })
  }
  return {
    url: api,
    get: (path, query = {}) => call(`${path}${search(query)}`),
    async getAsAdmin(path, query = {}) {
      if (adminKey === null) return null
      return call(`${path}${search(query)}`, {}, adminKey).catch((error: unknown) => {
        if (error instanceof Failure && error.status === 404) return null
        throw error
      })
    },
    async operate(method, path, query = {}, body) {
      if (adminKey === null)
        throw new Failure('usage', 'this is for the operator, and no admin key is known', {
          next: adminKeyHint,
        })
      return call(`${path}${search(query)}`, { method, ...sent({ body }) }, adminKey)
    },
    post: (path, body, idempotencyKey) => call(path, { method: 'POST', ...sent({ body, idempotencyKey }) }),
    send: (method, path, request = {}) => call(path, { method, ...sent(request) }),
    async *lines(path, query = {}) {
      const { body } = await open(`${path}${search(query)}`, {}, key, streamMs)
      if (!body) return
      let text = ''
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
        const lines = (text + chunk).split('\n')
        text = lines.pop() ?? ''
        yield* lines
      }
      if (text !== '') yield text
    },
    async upload(path, purpose) {
      const bytes = await readFile(path).catch((cause: unknown) => {
        throw new Failure('usage', `${path} cannot be read`, {
          next: 'give a picture file, a file_ id or an https URL',
          cause,
        })
      })
      const form = new FormData()
      form.append('purpose', purpose)
      form.append('file', new Blob([bytes]), basename(path))
      const answer = await call('/v1/files', { method: 'POST', body: form })
      return readAnswer(z.object({ id: z.string() }), answer).id
    },
  }
}

/** Checks what the server sent before it is shown; a newer server's additional fields are let through. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') || 'the top'
  throw new Failure('failed', `the server's answer cannot be understood, at ${where}`, {
    next: '--json shows it as it came',
    cause: parsed.error,
  })
}

async function refusal(response: Response, request: string, hint: string): Promise<Failure> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => null))
  const problem = parsed.success ? parsed.data : null
  const next = response.status === 401 ? hint : (problem?.next ?? null)
  const field = problem?.field ?? null
  const said = problem ? `${problem.detail}${field ? ` (${field})` : ''}` : `${request} was refused`
  return new Failure('failed', `${said} [${response.status}]`, {
    next,
    status: response.status,
    code: problem?.code ?? null,
    field,
  })
}

function sent({ body, stream, idempotencyKey }: SentRequest): RequestInit {
  const key = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
  if (stream)
    return {
      headers: { ...key, 'content-type': stream.type },
      body: ReadableStream.from(stream.chunks()).pipeThrough(new TextEncoderStream()),
      duplex: 'half',
    }
  if (body === undefined) return { headers: key }
  return { headers: { ...key, 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function search(query: Query): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value)
  return given.size > 0 ? `?${given}` : ''
}
