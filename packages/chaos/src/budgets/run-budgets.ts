import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@halftone/contracts'
import { type Stack, startStack } from '@halftone/local'
import postgres from 'postgres'
import { z } from 'zod'
import type { LayerReport } from '../layer-report.ts'
import { judgeRound, oneRound } from './one-round.ts'

const requests = 200
const affordable = 10
const apiProcesses = 4
const holdNano = 50_000_000
const holdUsd = '0.05'

/** Rounds of parallel requests through several API processes at a budget for exactly ten jobs. Nothing is worked on meanwhile. */
export async function runBudgets(options: {
  seed: number
  rounds: number
  env: NodeJS.ProcessEnv
  say(text: string): void
  onEnd(end: () => Promise<void>): void
}): Promise<LayerReport> {
  const { seed, rounds, say } = options
  const started = Date.now()
  const dir = await mkdtemp(join(tmpdir(), 'halftone-budgets-'))
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
  const lines: string[] = []
  const failures: LayerReport['failures'] = []
  try {
    stack = await startStack({
      dir,
      port: 0,
      env: { ...options.env, HALFTONE_SIMULATE: '1', DATABASE_URL: undefined, REDIS_URL: undefined },
      processes: { producer: apiProcesses, dispatcher: 0, worker: 0, classifier: 0 },
      say,
      onLine: (line) => {
        lines.push(line)
        if (lines.length > 20) lines.shift()
      },
    })
    const sql = postgres(stack.postgres, { max: 1, onnotice: () => {} })
    try {
      for (let round = 0; round < rounds; round++) {
        const found = await play(stack, sql, seed + round)
        failures.push(...found.map((what) => ({ seed: seed + round, what })))
        if ((round + 1) % 20 === 0) say(`  ${round + 1} of ${rounds} rounds`)
      }
    } finally {
      await sql.end()
    }
  } catch (error) {
    failures.push({ seed, what: `${error instanceof Error ? error.message : error}\n${lines.join('\n')}` })
  } finally {
    await end()
  }
  const seconds = Math.round((Date.now() - started) / 1_000)
  return { ok: failures.length === 0, layer: 'budgets', cases: rounds, failures, seconds }
}

async function play(stack: Stack, sql: postgres.Sql, seed: number): Promise<string[]> {
  const random = seededRandom(seed)
  // what is left after the tenth is not enough for another
  const limitNano = affordable * holdNano + Math.floor(random() * holdNano)
  const { key, projectId } = await openProject(stack, `round ${seed}`, (limitNano / 1e9).toFixed(9))
  const body = { prompt: 'A lighthouse at dusk', budget: { max_cost_usd: holdUsd } }
  const result = await oneRound({ apis: stack.apis, key, body, requests, random })
  const [project] = await sql<{ jobs: number; held: string; limit: string }[]>`
    select (select count(*)::int from jobs where project_id = p.id) as jobs, held_nano as held, budget_nano as limit
    from projects p where id = ${projectId}`
  if (!project) return ['its project is gone']
  return [
    ...judgeRound(result, project.jobs, affordable),
    ...(Number(project.held) === project.jobs * holdNano
      ? []
      : [`${project.jobs} jobs hold ${project.held} nano-dollars`]),
    ...(BigInt(project.held) > BigInt(project.limit) ? [`${project.held} held of ${project.limit}`] : []),
  ]
}

async function openProject(stack: Stack, project: string, limitUsd: string) {
  const ask = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${stack.api}${path}`, {
      method,
      headers: { authorization: `Bearer ${stack.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
  const { key, project_id: projectId } = z
    .object({ key: z.string(), project_id: z.string() })
    .parse(await ask('POST', '/admin/v1/keys', { project }))
  await ask('PUT', `/admin/v1/budgets/${projectId}`, { limit_usd: limitUsd })
  return { key, projectId }
}
