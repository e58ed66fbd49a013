import { AppError, type PoolAnswer, poolAnswerSchema } from '@halftone/contracts'
import type { PoolRow } from '@halftone/ledger'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const verbs = [
  {
    verb: 'pause',
    state: 'paused',
    summary: 'Start nothing new at a provider',
    description:
      'Calls that are out come to their end. What waits is planned anew: other providers take it, and what is pinned to ' +
      'this one waits until it is resumed. It holds over restarts.',
  },
  {
    verb: 'drain',
    state: 'draining',
    summary: 'Pause a provider, and be told when it is idle',
    description: 'As a pause; its status becomes drained once nothing is under way any more.',
  },
  {
    verb: 'resume',
    state: 'active',
    summary: 'Use a provider again',
    description: 'After a pause or a drain.',
  },
] as const

/** The operator takes a provider out of work, and back. */
export function poolRoutes(app: App, parts: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/pools',
    schema: {
      operationId: 'listPools',
      summary: 'The pools of the providers that have a key',
      tags: ['admin'],
      security: bearer,
      response: { 200: z.object({ data: z.array(poolAnswerSchema) }), ...problems(401, 503) },
    },
    handler: async () => {
      const rows = await parts.ledger.pools.list()
      const answers = [...parts.configured].map((id) =>
        poolAnswer(
          id,
          rows.find(({ pool }) => pool === id),
        ),
      )
      return { data: await withDepths(answers, parts) }
    },
  })
  for (const { verb, state, summary, description } of verbs)
    app.route({
      method: 'POST',
      url: `/pools/:provider/${verb}`,
      schema: {
        operationId: `${verb}Pool`,
        summary,
        description,
        tags: ['admin'],
        security: bearer,
        params: z.object({ provider: z.string().min(1).max(100) }),
        response: { 200: poolAnswerSchema, ...problems(401, 404, 503) },
      },
      handler: async ({ params: { provider } }) => {
        if (!parts.configured.has(provider))
          throw new AppError('not_found', `there is no pool of "${provider}"`, {
            field: '/provider',
            limit: [...parts.configured].join(', '),
            next: 'GET /admin/v1/pools lists them',
          })
        const row = await parts.ledger.pools.set(provider, state)
        await parts.signals.publish('pools', {})
        const [answer] = await withDepths([poolAnswer(provider, row)], parts)
        return answer!
      },
    })
}

function poolAnswer(id: string, row: PoolRow | undefined): Pick<PoolAnswer, 'id' | 'status' | 'since'> {
  return { id, status: row?.state ?? 'active', since: row?.since.toISOString() ?? null }
}

async function withDepths(
  pools: Pick<PoolAnswer, 'id' | 'status' | 'since'>[],
  { ledger }: ProducerParts,
): Promise<PoolAnswer[]> {
  const depths = await ledger.jobs.depth()
  return pools.map((pool) => {
    const depth = depths.find((one) => one.pool === pool.id)
    return { ...pool, waiting: depth?.waiting ?? 0, running: depth?.running ?? 0 }
  })
}
