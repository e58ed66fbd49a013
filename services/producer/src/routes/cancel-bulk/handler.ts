import { bulkAnswerSchema } from '@halftone/contracts'
import { bulkAnswer } from '../../answers/bulk-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

/** Waiting jobs end at once; those at a provider are asked to stop. */
export function cancelBulkRoute(app: App, { ledger, canceled }: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/bulk/:id/cancel',
    schema: {
      operationId: 'cancelBulk',
      summary: 'Cancel what is left of a bulk',
      tags: ['bulk'],
      security: bearer,
      params: idParams,
      response: { 200: bulkAnswerSchema, ...problems(401, 404, 503) },
    },
    handler: async (request) => {
      const { projectId } = request
      const bulkId = knownId('bulk', request.params.id)
      const bulk = found('bulk', await ledger.jobs.cancelBulk(projectId, bulkId))
      const { jobs } = await ledger.jobs.list(projectId, { bulkId, status: 'running', limit: 1_000 })
      await canceled.bulk(jobs.map((job) => job.id))
      return bulkAnswer(bulk)
    },
  })
}
