import { bulkFieldsSchema, bulkRetriedSchema } from '@halftone/contracts'
import { z } from 'zod'
import { acceptBulk } from '../../accept/accept-bulk.ts'
import { planRetry } from '../../accept/plan-retry.ts'
import type { App } from '../../app.ts'
import { canonicalJson } from '../../canonical-json.ts'
import { idempotencyKey } from '../../idempotency.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

const retrySchema = z.strictObject({
  statuses: z
    .array(z.enum(['failed', 'expired', 'canceled']))
    .min(1)
    .default(['failed', 'expired'])
    .describe('which jobs'),
  budget: bulkFieldsSchema.shape.budget.describe(
    'left out: what is left of the budget of the bulk, if it had one',
  ),
  deadline: bulkFieldsSchema.shape.deadline.describe('left out: 24 hours'),
})

/** `POST /v1/bulk/:id/retry-failed`: the jobs without a picture, as a new bulk that names the old one. */
export function retryFailedRoute(app: App, parts: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/bulk/:id/retry-failed',
    schema: {
      operationId: 'retryFailed',
      summary: 'Buy the failed jobs of a bulk once more',
      description:
        'As a new bulk (`retry_of`), priced, held and checked against the budget like any other. Each job is retried once: ' +
        'asking again leaves out what was, and answers 200 with that bulk when nothing is left. Jobs that may have been ' +
        'paid are left out until that is known.',
      tags: ['bulk'],
      security: bearer,
      params: idParams,
      body: retrySchema.nullish(),
      response: {
        200: bulkRetriedSchema,
        202: bulkRetriedSchema,
        ...problems(400, 401, 402, 404, 409, 415, 422, 503),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = request
      parts.stores.mustBeThere()
      const id = knownId('bulk', request.params.id)
      const wish = retrySchema.parse(request.body ?? {})
      const stored = await parts.idempotency.once(
        { projectId, key: idempotencyKey(request.headers['idempotency-key']) },
        () => `POST /v1/bulk/${id}/retry-failed ${canonicalJson(wish)}`,
        async (idempotency) => {
          const failed = found('bulk', await parts.ledger.bulks.failed(projectId, id, wish.statuses))
          const plan = planRetry(failed, wish, parts.clock())
          if ('answer' in plan) return { status: 200, answer: plan.answer }
          return acceptBulk(parts.accept, projectId, plan.input, idempotency)
        },
      )
      const answer = bulkRetriedSchema.parse(stored.answer)
      return reply.status(stored.status === 200 ? 200 : 202).send(answer)
    },
  })
}
