import { seededRandom } from '@halftone/contracts'
import type { Stack } from '@halftone/local'
import type postgres from 'postgres'
import { z } from 'zod'
import { askApi } from '../ask-api.ts'
import type { LayerReport } from '../layer-report.ts'
import { type OwnStackOptions, onOneStack } from '../on-one-stack.ts'
import { judgeRound, oneRound } from './one-round.ts'

const requests = 200
const affordable = 10
const apiProcesses = 4
const holdNano = 50_000_000
const holdUsd = '0.05'

/** Rounds of parallel requests through several API processes at a budget for exactly ten jobs. Nothing is worked on meanwhile. */
export async function runBudgets(options: OwnStackOptions & { rounds: number }): Promise<LayerReport> {
  const { seed, rounds, say } = options
  const processes = { producer: apiProcesses, dispatcher: 0, worker: 0, classifier: 0 }
  return onOneStack(
    { ...options, layer: 'budgets', cases: rounds, settings: {}, processes },
    async (stack, sql, found) => {
      for (let round = 0; round < rounds; round++) {
        found(seed + round, await play(stack, sql, seed + round))
        if ((round + 1) % 20 === 0) say(`  ${round + 1} of ${rounds} rounds`)
      }
    },
  )
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
  const admin = { api: stack.api, key: stack.adminKey }
  const { key, project_id: projectId } = z
    .object({ key: z.string(), project_id: z.string() })
    .parse(await askApi(admin, 'POST', '/admin/v1/keys', { project }))
  await askApi(admin, 'PUT', `/admin/v1/budgets/${projectId}`, { limit_usd: limitUsd })
  return { key, projectId }
}
