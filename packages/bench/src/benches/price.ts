import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createLedger } from '@halftone/ledger'
import { z } from 'zod'
import type { Bench } from '../bench.ts'
import { percentile } from '../rounds.ts'

const watchers = 6
const rule = 'ref:replicate/sd-3.5-turbo/generate/1024'
const seenSchema = z.object({ version: z.int(), at: z.number() })

/**
 * The simulator's price moves, the stack's own pricing service reads it, commits it and tells everybody. Measured is
 * from the commit's own time stamp in the history to the last of six processes that uses the new price.
 */
export const price: Bench = {
  name: 'price',
  what: 'a price committed, until the last of six processes uses it (p99)',
  goal: '< 100 ms',
  met: ({ value }) => value < 100,
  async run({ sizes, stack: stackOf }) {
    const stack = await stackOf('instant')
    const ledger = createLedger({ url: stack.postgres, maxConnections: 1 })
    const children = await Promise.all(
      Array.from({ length: watchers }, () => startWatcher(stack.postgres, stack.redis)),
    )
    const seen = new Map<number, number[]>()
    let heard = Promise.withResolvers<void>()
    for (const child of children)
      child.on('message', (message) => {
        const { version, at } = seenSchema.parse(message)
        seen.set(version, [...(seen.get(version) ?? []), at])
        if (seen.get(version)?.length === watchers) heard.resolve()
      })
    try {
      const took: number[] = []
      for (let change = 0; change < sizes.changes; change++) {
        heard = Promise.withResolvers()
        await setPrice(
          `${stack.simulator}/prices/${encodeURIComponent(rule)}`,
          (0.03 + change / 1e6).toFixed(6),
        )
        await heard.promise
        const [newest] = await ledger.prices.history(rule, 1)
        if (newest) took.push(Math.max(...(seen.get(newest.version) ?? [])) - newest.from.getTime())
      }
      await setPrice(`${stack.simulator}/prices/${encodeURIComponent(rule)}`, '0.028')
      return { value: percentile(took, 0.99), baseline: null, unit: 'ms' }
    } finally {
      for (const child of children) child.disconnect()
      await ledger.stop()
    }
  },
}

async function startWatcher(databaseUrl: string, redisUrl: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, '../price-watcher.ts'), [databaseUrl, redisUrl])
  const [first] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a process that follows prices did not start'))),
  ])
  z.object({ ready: z.literal(true) }).parse(first)
  return child
}

async function setPrice(url: string, amount_usd: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ amount_usd }) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
}
