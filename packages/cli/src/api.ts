import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { problemSchema } from '@halftone/contracts'
import { z } from 'zod'
import { type Connection, startCommand } from './connection.ts'
import { Failure } from './failure.ts'

type Query = Record<string, string | undefined>

/** The calls that the verbs make. Answers are what the server sent, not yet looked at. */
export interface Api {
  get(path: string, query?: Query): Promise<unknown>
  /** With the admin key; null if this server has no such route, or no admin key is known. */
  getAsAdmin(path: string, query?: Query): Promise<unknown>
  /** With the admin key; a failure if none is known. */
  operate(method: 'GET' | 'POST', path: string, query?: Query, body?: unknown): Promise<unknown>
  /** The same idempotency key again repeats the answer and does nothing. */
  post(path: string, body: unknown, idempotencyKey?: string): Promise<unknown>
  /** Answers the file's id. */
  upload(path: string, purpose: 'image' | 'mask'): Promise<string>
}

const answerMs = 150_000
const keyHint = 'give the right key with --key or HALFTONE_KEY'
const adminKeyHint = 'set HALFTONE_ADMIN_KEY to the admin key of this server'

export function createApi({ api, key, adminKey }: Connection): Api {
  async function call(path: string, init: RequestInit = {}, bearer = key): Promise<unknown> {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${bearer}`)
    const signal = AbortSignal.timeout(answerMs)
    const response = await fetch(`${api}${path}`, { ...init, headers, signal }).catch((cause: unknown) => {
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
    return response.json().catch((cause: unknown) => {
      throw new Failure('failed', `${api} answered with something that is not JSON`, {
        next: 'see that --api names a Halftone server',
        cause,
      })
    })
  }
  return {
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
      const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      return call(`${path}${search(query)}`, { method, ...(body === undefined ? {} : json) }, adminKey)
    },
    post: (path, body, idempotencyKey) =>
      call(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify(body),
      }),
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
  return new Failure('failed', `${said} [${response.status}]`, { next, status: response.status, field })
}

function search(query: Query): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value)
  return given.size > 0 ? `?${given}` : ''
}
