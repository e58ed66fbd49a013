import { z } from 'zod'
import type { Fault } from './fault.ts'

const booksSchema = z.object({
  entries: z.array(
    z.object({
      seq: z.int(),
      at: z.string(),
      provider: z.string(),
      model: z.string(),
      attempt_id: z.string().nullable(),
      nano: z.int(),
    }),
  ),
  total_nano: z.int(),
})
export type Books = z.infer<typeof booksSchema>
const rulesSchema = z.object({
  rules: z.array(
    z.object({ rule_id: z.string(), provider: z.string(), model: z.string(), amount_usd: z.string() }),
  ),
})
export type FeedRule = z.infer<typeof rulesSchema>['rules'][number]
const faultsSchema = z.object({ faults: z.array(z.object({ id: z.string(), hits: z.int() })) })

/** The simulator's control, by its own address: faults never stand between us and the books. */
export function createSimulatorControl(simulator: string) {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${simulator}${path}`, {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(20_000),
    })
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
  return {
    books: async (): Promise<Books> => booksSchema.parse(await call('GET', '/books')),
    rules: async () => rulesSchema.parse(await call('GET', '/prices')).rules,
    setPrice: (ruleId: string, amountUsd: string) =>
      call('PUT', `/prices/${encodeURIComponent(ruleId)}`, { amount_usd: amountUsd }),
    async order({ provider, how, rate }: Extract<Fault, { kind: 'provider' }>): Promise<string> {
      return z.object({ id: z.string() }).parse(await call('POST', '/faults', { provider, kind: how, rate }))
        .id
    },
    /** Ends a fault; answers how many calls it met. */
    async lift(id: string): Promise<number> {
      const { faults } = faultsSchema.parse(await call('GET', '/faults'))
      await call('DELETE', `/faults/${id}`)
      return faults.find((fault) => fault.id === id)?.hits ?? 0
    },
  }
}
export type SimulatorControl = ReturnType<typeof createSimulatorControl>
