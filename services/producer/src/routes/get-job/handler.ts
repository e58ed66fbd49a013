import { jobAnswerSchema } from '@halftone/contracts'
import { jobAnswer } from '../../answers/job-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'
import { untilClosed } from '../until-closed.ts'
import { waitQuery } from '../wait-query.ts'

export function getJobRoute(app: App, { waits, accept }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/jobs/:id',
    schema: {
      operationId: 'getJob',
      summary: 'A job, with its pictures, cost and reasons',
      tags: ['jobs'],
      security: bearer,
      params: idParams,
      querystring: waitQuery,
      response: { 200: jobAnswerSchema, ...problems(400, 401, 404, 503) },
    },
    handler: async (request, reply) => {
      const id = knownId('job', request.params.id)
      const waitMs = request.query.wait * 1_000
      const job = await waits.untilEnded(request.projectId, id, waitMs, untilClosed(reply))
      return jobAnswer(found('job', job), accept.links)
    },
  })
}
