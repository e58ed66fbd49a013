import { afterEach } from 'vitest'
import type { BooksPage } from '../books.ts'
import type { FaultKind } from '../faults.ts'
import type { Provider } from '../prices/table.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts'

/** For `expect.poll`: a busy machine may take a while to get to something that surely comes. */
export const patiently = { timeout: 15_000, interval: 20 }

const running: Simulator[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()))
})

/** A simulator that answers at once, and ends with the test. */
export async function simulated(options: SimulatorOptions = {}) {
  const simulator = createSimulator({ latency: 0, ...options })
  running.push(simulator)
  await simulator.start()
  const { url } = simulator
  const json = (body: unknown) => ({
    'content-type': 'application/json',
    ...auth,
    body: JSON.stringify(body),
  })

  return {
    url,
    get: (path: string, headers: Record<string, string> = auth) => fetch(`${url}${path}`, { headers }),
    post(path: string, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
      const { body: text, ...jsonHeaders } = json(body)
      return fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...jsonHeaders, ...headers },
        body: text,
        signal,
      })
    },
    form(path: string, parts: Record<string, string | Uint8Array>, headers: Record<string, string> = {}) {
      const form = new FormData()
      for (const [name, part] of Object.entries(parts)) {
        if (typeof part === 'string') form.append(name, part)
        else form.append(name, new Blob([Uint8Array.from(part)]), `${name}.png`)
      }
      return fetch(`${url}${path}`, { method: 'POST', headers: { ...auth, ...headers }, body: form })
    },
    async books(after = 0): Promise<BooksPage> {
      const answer = await fetch(`${url}/books?after=${after}`)
      return (await answer.json()) as BooksPage
    },
    async fault(provider: Provider, kind: FaultKind, rest: Record<string, unknown> = {}): Promise<void> {
      await fetch(`${url}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ provider, kind, ...rest }),
      })
    },
  }
}

const auth = { authorization: 'Bearer test-key' }
