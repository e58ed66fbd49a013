import { jobAnswerSchema } from '@halftone/contracts'
import { jobAnswer } from '../../answers/job-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

/** Cancels at once if no call is out; else the worker tells the provider. An ended job stays as it is. */
export function cancelJobRoute(app: App, { ledger, accept, canceled }: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/jobs/:id/cancel',
    schema: {
      operationId: 'cancelJob',
      summary: 'Cancel a job',
      tags: ['jobs'],
      security: bearer,
      params: idParams,
      response: { 200: jobAnswerSchema, ...problems(401, 404, 503) },
    },
    handler: async (request) => {
      const { projectId } = request
      const id = knownId('job', request.params.id)
      const job = found('job', await ledger.jobs.cancelJob(projectId, id))
      await canceled.job(job)
      return jobAnswer(found('job', await ledger.jobs.job(projectId, id)), accept.links)
    },
  })
}
