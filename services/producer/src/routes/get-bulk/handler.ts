import { bulkAnswerSchema } from '@halftone/contracts'
import { bulkAnswer } from '../../answers/bulk-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

export function getBulkRoute(app: App, { ledger }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/bulk/:id',
    schema: {
      operationId: 'getBulk',
      summary: 'How far a bulk is, and what it cost',
      tags: ['bulk'],
      security: bearer,
      params: idParams,
      response: { 200: bulkAnswerSchema, ...problems(401, 404, 503) },
    },
    handler: async (request) => {
      const bulk = await ledger.jobs.bulk(request.projectId, knownId('bulk', request.params.id))
      return bulkAnswer(found('bulk', bulk))
    },
  })
}
