import { jobStatuses } from '@halftone/contracts'
import { z } from 'zod'
import { jobPage, jobPageSchema } from '../../answers/job-page.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, pageQuery, problems } from '../schemas.ts'

const listQuery = z.strictObject({ ...pageQuery.shape, status: z.enum(jobStatuses).optional() })

export function listBulkJobsRoute(app: App, { ledger, accept }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/bulk/:id/jobs',
    schema: {
      operationId: 'listBulkJobs',
      summary: 'The jobs of a bulk, in their order',
      tags: ['bulk'],
      security: bearer,
      params: idParams,
      querystring: listQuery,
      response: { 200: jobPageSchema, ...problems(400, 401, 404, 503) },
    },
    handler: async (request) => {
      const { projectId, query } = request
      const bulkId = knownId('bulk', request.params.id)
      found('bulk', await ledger.jobs.bulk(projectId, bulkId))
      return jobPage(ledger.jobs, projectId, { ...query, bulkId }, accept.links)
    },
  })
}
