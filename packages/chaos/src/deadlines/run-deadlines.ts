import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bulkAcceptedSchema, bulkAnswerSchema, quoteAnswerSchema, toUsd } from '@halftone/contracts'
import { type Stack, startStack } from '@halftone/local'
import postgres from 'postgres'
import type { LayerReport } from '../layer-report.ts'

const dueMs = 180_000
const troubleMs = 60_000
const job = { prompt: 'a red kite over a field', size: '1024x1024', quality_floor: 0 }

/** A bulk due in three minutes, whose cheapest provider answers 429 for the first of them and is down for the second. */
export async function runDeadlines(options: {
  jobs: number
  seed: number
  env: NodeJS.ProcessEnv
  say(text: string): void
  onEnd(end: () => Promise<void>): void
}): Promise<LayerReport> {
  const { jobs, seed, say } = options
  const started = Date.now()
  const dir = await mkdtemp(join(tmpdir(), 'halftone-deadlines-'))
  let stack: Stack | undefined
  let ending: Promise<void> | undefined
  const end = () => {
    ending ??= (async () => {
      await stack?.stop()
      await rm(dir, { recursive: true, force: true })
    })()
    return ending
  }
  options.onEnd(end)
  const failures: LayerReport['failures'] = []
  try {
    stack = await startStack({
      dir,
      port: 0,
      env: {
        ...options.env,
        DATABASE_URL: undefined,
        REDIS_URL: undefined,
        HALFTONE_CATALOGUE: 'current',
        HALFTONE_SIMULATE: '1',
        HALFTONE_SIM_LATENCY: '0.5',
      },
      say,
      onLine: () => {},
    })
    const found = await play(stack, jobs, say)
    failures.push(...found.map((what) => ({ seed, what })))
  } catch (error) {
    failures.push({ seed, what: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  } finally {
    await end()
  }
  const seconds = Math.round((Date.now() - started) / 1_000)
  return { ok: failures.length === 0, layer: 'deadlines', cases: jobs, failures, seconds }
}

async function play(stack: Stack, jobs: number, say: (text: string) => void): Promise<string[]> {
  const ask = createAsk(stack)
  const { candidates } = quoteAnswerSchema.parse(await ask('/v1/quotes', job))
  const cheapest = candidates.find(({ eligible }) => eligible)
  if (!cheapest) throw new Error('nobody can do it')
  const fault = (kind: string) =>
    fetch(`${stack.simulator}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider: cheapest.provider, kind, rate: 1, for_ms: troubleMs }),
    })
  await fault('rate_limit')
  const deadline = new Date(Date.now() + dueMs).toISOString()
  const bulk = bulkAcceptedSchema.parse(
    await ask('/v1/bulk', { jobs: Array(jobs).fill({ ...job, deadline }) }),
  )
  const down = wait(troubleMs).then(() => fault('down'))
  for (let ended = 0; ended < jobs; await wait(5_000)) {
    const { counts } = bulkAnswerSchema.parse(await ask(`/v1/bulk/${bulk.id}`))
    ended = (['succeeded', 'failed', 'canceled', 'expired'] as const).reduce(
      (sum, one) => sum + (counts[one] ?? 0),
      0,
    )
    say(
      `  ${Object.entries(counts)
        .flatMap(([state, count]) => (count ? [`${count} ${state}`] : []))
        .join(', ')}`,
    )
  }
  await down

  const sql = postgres(stack.postgres, { max: 1, onnotice: () => {} })
  try {
    const [sum] = await sql<{ late: number; unfinished: number; paid: string }[]>`
      select count(*) filter (where finished_at > deadline)::int as late,
        count(*) filter (where status <> 'succeeded')::int as unfinished,
        coalesce(sum(cost_nano), 0)::text as paid
      from jobs where bulk_id = ${bulk.id}`
    if (!sum) throw new Error('the bulk is gone')
    const paid = BigInt(sum.paid)
    const atBest = BigInt(Math.round(Number(cheapest.cost_usd) * 1e9)) * BigInt(jobs)
    say(
      `${jobs} jobs in 3 minutes with ${cheapest.provider}/${cheapest.model} in trouble for 2: $${toUsd(paid)} paid, ` +
        `$${toUsd(paid - atBest)} more than all at its price; ${sum.unfinished} without a picture, ${sum.late} late`,
    )
    return [
      ...(sum.unfinished > 0 ? [`${sum.unfinished} jobs have no picture`] : []),
      ...(sum.late > 0 ? [`${sum.late} ended after their deadline`] : []),
    ]
  } finally {
    await sql.end()
  }
}

const createAsk =
  (stack: Stack) =>
  async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${stack.api}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
