import { setTimeout as delay } from 'node:timers/promises'
import {
  bulkAcceptedSchema,
  bulkAnswerSchema,
  endedStatuses,
  type JobAnswer,
  jobAnswerSchema,
  providerAnswerSchema,
  quoteAnswerSchema,
} from '@halftone/contracts'
import { z } from 'zod'
import { startStack } from '../stack.ts'

/** A model that can do what the scene asks for; `cost` in dollars a picture. */
interface Rival {
  key: string
  provider: string
  cost: number
}

export type Scene = Awaited<ReturnType<typeof createScene>>

const wanted = { prompt: 'a red kite over a field', size: '1024x1024', quality_floor: 0 }
const booksSchema = z.object({
  entries: z.array(z.object({ provider: z.string(), attempt_id: z.string().nullable(), nano: z.number() })),
})

/** A whole stack in a folder, seen through its doors alone, with a simulator to be made ill. */
export async function createScene(dir: string, env: NodeJS.ProcessEnv) {
  const said: string[] = []
  const stack = await startStack({
    dir,
    port: 0,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HALFTONE_SIMULATE: '1',
      ...env,
    },
    say: (text) => said.push(text),
    onLine: (line) => said.push(line),
  })
  const ask = async (url: string, method = 'GET', body?: unknown): Promise<unknown> => {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  const api = (path: string, method?: string, body?: unknown) => ask(`${stack.api}/v1${path}`, method, body)
  const books = async () => booksSchema.parse(await ask(`${stack.simulator}/books`)).entries

  const scene = {
    stop: () => stack.stop(),
    /** The cheapest model of every provider that can do it, cheapest first. */
    async cheapestOfEach(): Promise<Rival[]> {
      const { candidates } = quoteAnswerSchema.parse(await api('/quotes', 'POST', wanted))
      const able = candidates.flatMap(({ provider, model, cost_usd, eligible }) =>
        eligible ? { key: `${provider}/${model}`, provider, cost: Number(cost_usd) } : [],
      )
      const sorted = able.toSorted((a, b) => a.cost - b.cost)
      return sorted.filter((one, i) => sorted.findIndex(({ provider }) => provider === one.provider) === i)
    },
    async submit(jobs: { routing: { allow: string[]; policy: string } }[]): Promise<string> {
      const bodies = jobs.map(({ routing }) => ({
        ...wanted,
        routing,
        metadata: { policy: routing.policy, allow: routing.allow.join() },
      }))
      return bulkAcceptedSchema.parse(await api('/bulk', 'POST', { jobs: bodies })).id
    },
    async ended(bulk: string): Promise<number> {
      const { counts } = bulkAnswerSchema.parse(await api(`/bulk/${bulk}`))
      return endedStatuses.reduce((sum, one) => sum + (counts[one] ?? 0), 0)
    },
    async jobs(bulk: string): Promise<JobAnswer[]> {
      const pageSchema = z.object({ data: z.array(jobAnswerSchema), next_cursor: z.string().nullable() })
      const jobs: JobAnswer[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = pageSchema.parse(
          await api(`/bulk/${bulk}/jobs?limit=200${cursor && `&cursor=${cursor}`}`),
        )
        jobs.push(...page.data)
        cursor = page.next_cursor
      }
      return jobs
    },
    cancel: (bulk: string) => api(`/bulk/${bulk}/cancel`, 'POST', {}),
    /** All jobs of a bulk, once each has a plan. */
    async planned(bulk: string): Promise<JobAnswer[]> {
      let jobs: JobAnswer[] = []
      await scene.until('all are planned', async () => {
        jobs = await scene.jobs(bulk)
        return jobs.every(({ why }) => why?.candidates[0]?.eligible)
      })
      return jobs
    },
    async provider(id: string) {
      const { data } = z.object({ data: z.array(providerAnswerSchema) }).parse(await api('/providers'))
      const found = data.find((one) => one.id === id)
      if (!found) throw new Error(`no provider ${id}`)
      return found
    },
    fault: (fault: { provider: string; kind: string; rate?: number }) =>
      ask(`${stack.simulator}/faults`, 'POST', fault),
    heal: () => ask(`${stack.simulator}/faults`, 'DELETE'),
    /** How many pictures this provider was paid for. */
    paid: async (provider: string) => (await books()).filter((one) => one.provider === provider).length,
    /** Every job was settled at what the provider's own books say of its attempts. */
    async booksAgree(jobs: readonly JobAnswer[]): Promise<void> {
      const charged = Map.groupBy(await books(), ({ attempt_id }) => attempt_id)
      const wrong = jobs.filter((job) => {
        const nano = job.attempts
          .flatMap(({ id }) => charged.get(id) ?? [])
          .reduce((sum, one) => sum + one.nano, 0)
        return Math.round(Number(job.cost_usd ?? 0) * 1e9) !== nano
      })
      if (wrong.length > 0)
        throw new Error(`${wrong.length} jobs differ from the books: ${JSON.stringify(wrong[0])}`)
    },
    /** Looks again and again; what was said lately comes with the failure. */
    async until(what: string, look: () => Promise<boolean>, withinMs = 120_000): Promise<void> {
      const end = Date.now() + withinMs
      while (!(await look())) {
        if (Date.now() > end) throw new Error(`waited in vain: ${what}\n${said.slice(-40).join('\n')}`)
        await delay(50)
      }
    },
  }
  return scene
}
