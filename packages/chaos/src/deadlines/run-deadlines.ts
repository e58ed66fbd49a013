import { setTimeout as wait } from 'node:timers/promises'
import {
  bulkAcceptedSchema,
  bulkAnswerSchema,
  endedStatuses,
  parseUsd,
  quoteAnswerSchema,
  toUsd,
} from '@halftone/contracts'
import type { Stack } from '@halftone/local'
import type postgres from 'postgres'
import { askApi } from '../ask-api.ts'
import type { LayerReport } from '../layer-report.ts'
import { type OwnStackOptions, onOneStack } from '../on-one-stack.ts'

const dueMs = 180_000
const troubleMs = 60_000
const job = { prompt: 'a red kite over a field', size: '1024x1024', quality_floor: 0 }

/** A bulk due in three minutes, whose cheapest provider answers 429 for the first of them and is down for the second. */
export async function runDeadlines(options: OwnStackOptions & { jobs: number }): Promise<LayerReport> {
  const { jobs, seed, say } = options
  const settings = { HALFTONE_CATALOGUE: 'current', HALFTONE_SIM_LATENCY: '0.5' }
  return onOneStack({ ...options, layer: 'deadlines', cases: jobs, settings }, async (stack, sql, found) =>
    found(seed, await play(stack, sql, jobs, say)),
  )
}

async function play(
  stack: Stack,
  sql: postgres.Sql,
  jobs: number,
  say: (text: string) => void,
): Promise<string[]> {
  const { candidates } = quoteAnswerSchema.parse(await askApi(stack, 'POST', '/v1/quotes', job))
  const cheapest = candidates.find(({ eligible }) => eligible)
  if (!cheapest?.cost_usd) throw new Error('nobody can do it')
  const fault = (kind: string) =>
    fetch(`${stack.simulator}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider: cheapest.provider, kind, rate: 1, for_ms: troubleMs }),
    })
  await fault('rate_limit')
  const deadline = new Date(Date.now() + dueMs).toISOString()
  const bulk = bulkAcceptedSchema.parse(
    await askApi(stack, 'POST', '/v1/bulk', { jobs: Array(jobs).fill({ ...job, deadline }) }),
  )
  const down = wait(troubleMs).then(() => fault('down'))
  for (let ended = 0; ended < jobs; await wait(5_000)) {
    const { counts } = bulkAnswerSchema.parse(await askApi(stack, 'GET', `/v1/bulk/${bulk.id}`))
    ended = endedStatuses.reduce((sum, one) => sum + (counts[one] ?? 0), 0)
    say(
      `  ${Object.entries(counts)
        .flatMap(([state, count]) => (count ? [`${count} ${state}`] : []))
        .join(', ')}`,
    )
  }
  await down

  const [sum] = await sql<{ late: number; unfinished: number; paid: string }[]>`
    select count(*) filter (where finished_at > deadline)::int as late,
      count(*) filter (where status <> 'succeeded')::int as unfinished,
      coalesce(sum(cost_nano), 0)::text as paid
    from jobs where bulk_id = ${bulk.id}`
  if (!sum) throw new Error('the bulk is gone')
  const paid = BigInt(sum.paid)
  const atBest = parseUsd(cheapest.cost_usd) * BigInt(jobs)
  say(
    `${jobs} jobs in 3 minutes with ${cheapest.provider}/${cheapest.model} in trouble for 2: $${toUsd(paid)} paid, ` +
      `$${toUsd(paid - atBest)} more than all at its price; ${sum.unfinished} without a picture, ${sum.late} late`,
  )
  return [
    ...(sum.unfinished > 0 ? [`${sum.unfinished} jobs have no picture`] : []),
    ...(sum.late > 0 ? [`${sum.late} ended after their deadline`] : []),
  ]
}
