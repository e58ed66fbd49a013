import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { createSimulatorControl, type SimulatorControl } from '../faults/simulator-control.ts'
import { type ChaosStack, startChaosStack } from './chaos-stack.ts'
import { createLeakWatch } from './leak-watch.ts'
import { leaksInDatabase, type Sql } from './read-database.ts'
import { plantedWords, secretWords, setUpCustomers } from './set-up.ts'
import { receiveWebhooks, type WebhookReceiver } from './webhook-receiver.ts'

/** A stack with all that looks at it from outside. */
export interface Scene extends Omit<ChaosStack, 'end'> {
  sql: Sql
  simulator: SimulatorControl
  receiver: WebhookReceiver
  customers: { rich: string; poor: string; picture: string; mask: string; promptWord: string }
  /** An answer of the API, to look for what must not be in it. */
  heard(text: string): void
  lookIntoRedis(): Promise<void>
  /** Everything found so far, and what the database holds now. */
  leaks(): Promise<string[]>
  /** From now on the receiver of webhooks is always up. */
  calmReceiver(): void
  close(keep: boolean): Promise<void>
}

/** Starts it all. `poorBudgetUsd`: what one of the two projects may spend, too little for its jobs. */
export async function openScene(options: {
  env: NodeJS.ProcessEnv
  poorBudgetUsd: string
  say(text: string): void
  onEnd(end: ChaosStack['end']): void
}): Promise<Scene> {
  const words = plantedWords()
  let secrets: Record<string, string> = {}
  const canaries = () => ({ 'provider key': words.providerKey, prompt: words.prompt, ...secrets })
  // a customer is told its own prompt back
  const leaks = createLeakWatch(
    canaries,
    (where, what) => what === 'prompt' && where === 'an answer of the API',
  )
  const { end, ...running } = await startChaosStack({
    ...options,
    providerKey: words.providerKey,
    onRawLine: (line) => leaks.look('a log', line),
  })
  const { dir, stack } = running
  secrets = await secretWords(dir, stack)
  const sql = postgres(stack.postgres, {
    max: 2,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
    connect_timeout: 5,
  })
  await sql.unsafe(await readFile(new URL('./audit.sql', import.meta.url), 'utf8'))
  const { poorKey, picture, mask } = await setUpCustomers(stack, options.poorBudgetUsd)
  const projects = await sql<{ secret: string }[]>`select webhook_secret as secret from projects`
  let troubled = true
  const receiver = await receiveWebhooks({
    secrets: projects.map(({ secret }) => secret),
    troubled: () => troubled,
    onText: (text) => leaks.look('a webhook', text),
  })
  return {
    ...running,
    sql,
    simulator: createSimulatorControl(stack.simulator ?? ''),
    receiver,
    customers: { rich: stack.key, poor: poorKey, picture, mask, promptWord: words.prompt },
    heard: (text) => leaks.look('an answer of the API', text),
    lookIntoRedis: () => leaks.lookInto('Redis', join(dir, 'redis')),
    leaks: async () => [...leaks.found(), ...(await leaksInDatabase(sql, canaries(), belongs))],
    calmReceiver() {
      troubled = false
    },
    async close(keep) {
      await sql.end({ timeout: 1 }).catch(() => {})
      await receiver.close()
      await end(keep)
    },
  }
}

/** Where a word has its right place in the database. */
function belongs(table: string, what: string): boolean {
  return (
    (what === 'prompt' && ['jobs', 'quotes'].includes(table)) ||
    (what === 'webhook secret' && table === 'projects')
  )
}
