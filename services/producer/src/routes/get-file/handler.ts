import { fileAnswerSchema } from '@halftone/contracts'
import { fileAnswer } from '../../answers/file-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, idParams, knownId, notFound, problems } from '../schemas.ts'

export function getFileRoute(app: App, { ledger, accept }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/files/:id',
    schema: {
      operationId: 'getFile',
      summary: 'What is known of a file, with a fresh link to it',
      tags: ['files'],
      security: bearer,
      params: idParams,
      response: { 200: fileAnswerSchema, ...problems(401, 404, 503) },
    },
    handler: async (request) => {
      const file = await ledger.files.find(knownId('file', request.params.id))
      if (file?.projectId !== request.projectId) throw notFound('file')
      return fileAnswer(file, accept.links)
    },
  })
}
