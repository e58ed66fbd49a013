import { idSchema, parseUsd, toUsd, usdSchema } from '@halftone/contracts'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, notFound, problems } from '../schemas.ts'

const budgetAnswerSchema = z.object({
  project_id: z.string(),
  limit_usd: z.string().nullable(),
  held_usd: z.string(),
  spent_usd: z.string(),
})

/** What the project may hold and spend in all; null = no limit. What is held already stays held. */
export function setBudgetRoute(app: App, { ledger }: ProducerParts): void {
  app.route({
    method: 'PUT',
    url: '/budgets/:project_id',
    schema: {
      operationId: 'setBudget',
      summary: 'Limit what a project may spend',
      tags: ['admin'],
      security: bearer,
      params: z.object({ project_id: z.string() }),
      body: z.strictObject({ limit_usd: usdSchema.nullable() }),
      response: { 200: budgetAnswerSchema, ...problems(400, 401, 404, 503) },
    },
    handler: async (request) => {
      const { project_id } = request.params
      if (!idSchema('project').safeParse(project_id).success) throw notFound('project')
      const { limit_usd } = request.body
      await ledger.projects.setBudget(project_id, limit_usd === null ? null : parseUsd(limit_usd))
      const { limit, held, spent } = await ledger.projects.budget(project_id)
      return {
        project_id,
        limit_usd: limit === null ? null : toUsd(limit),
        held_usd: toUsd(held),
        spent_usd: toUsd(spent),
      }
    },
  })
}
