import type { ClientOptions } from '../image-generation-client.ts'

export interface Asked {
  method: string
  path: string
  headers: Headers
  body: unknown
}

/** A Halftone of canned answers, and what it was asked. An answer may be thrown: then nobody answered. */
export function fakeHalftone(answer: (asked: Asked, place: number) => Response | Promise<Response>) {
  const asked: Asked[] = []
  const fetchIt: typeof fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input))
    const { body } = init ?? {}
    const one = {
      method: init?.method ?? 'GET',
      path: pathname + search,
      headers: new Headers(init?.headers),
      body: typeof body === 'string' ? JSON.parse(body) : body,
    }
    asked.push(one)
    init?.signal?.throwIfAborted()
    return answer(one, asked.length - 1)
  }
  const options: ClientOptions = { baseUrl: 'http://halftone.test/v1/', apiKey: 'key', fetch: fetchIt }
  return { asked, options }
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers })
}

/** The request is cut off. */
export function cut(): never {
  throw new TypeError('fetch failed')
}

export function job(fields: Record<string, unknown> = {}) {
  return { id: 'job_1', status: 'queued', images: [], error: null, metadata: {}, ...fields }
}
