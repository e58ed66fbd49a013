import { setTimeout as wait } from 'node:timers/promises'

/** One answer to one sending of a creating POST. */
export interface Answer {
  status: number
  text: string
}

/** What a careful customer of the API does: it repeats a POST under the same key until it hears an answer. */
export function createClient(options: { apis: readonly string[]; onText(text: string): void }) {
  const { apis, onText } = options
  let turn = 0

  async function once(method: string, path: string, key: string, body?: unknown, idempotencyKey?: string) {
    const api = apis[turn++ % apis.length]
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    })
    const text = await response.text()
    onText(text)
    return { status: response.status, text }
  }

  /** Until a definite answer (2xx, or a 4xx that a repetition does not change), or for `ms`. */
  async function until(
    method: string,
    path: string,
    key: string,
    body?: unknown,
    idempotencyKey?: string,
    ms = 90_000,
  ): Promise<Answer> {
    const end = Date.now() + ms
    let last = 'no answer'
    for (let pauseMs = 100; Date.now() < end; pauseMs = Math.min(pauseMs * 2, 1_000)) {
      try {
        const answer = await once(method, path, key, body, idempotencyKey)
        if (answer.status < 500 && ![408, 409, 429].includes(answer.status)) return answer
        last = `${answer.status} ${answer.text}`
      } catch (error) {
        last = error instanceof Error ? error.message : String(error)
      }
      await wait(pauseMs)
    }
    throw new Error(`${method} ${path} had no definite answer in ${ms / 1000} s; the last was: ${last}`)
  }
  return { until }
}
export type Client = ReturnType<typeof createClient>
