import { AppError, jobStatuses } from '@halftone/contracts'
import { z } from 'zod'
import { jobPage, jobPageSchema } from '../../answers/job-page.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, pageQuery, problems } from '../schemas.ts'

const listQuery = pageQuery
  .extend({
    status: z.enum(jobStatuses).optional(),
    bulk_id: z.string().max(64).optional(),
    content_type: z.string().max(64).optional(),
    provider: z.string().max(64).optional(),
  })
  .catchall(z.string().max(500))

export function listJobsRoute(app: App, { ledger, accept }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/jobs',
    schema: {
      operationId: 'listJobs',
      summary: 'Jobs, newest first',
      description: 'Filter by the fields below, and by your own metadata as `metadata.<key>=<value>`.',
      tags: ['jobs'],
      security: bearer,
      querystring: listQuery,
      response: { 200: jobPageSchema, ...problems(400, 401, 503) },
    },
    handler: (request) => {
      const { limit, cursor, status, bulk_id, content_type, provider, ...rest } = request.query
      const filter = {
        limit,
        cursor,
        status,
        bulkId: bulk_id,
        contentType: content_type,
        provider,
        metadata: metadataOf(rest),
      }
      return jobPage(ledger.jobs, request.projectId, filter, accept.links)
    },
  })
}

/** `metadata.post=7` → `{post: "7"}`. Any other name is refused: a filter that is dropped shows too much. */
function metadataOf(query: Record<string, string>): Record<string, string> | undefined {
  const entries = Object.entries(query).map(([name, value]) => {
    const key = /^metadata\.(.{1,64})$/.exec(name)?.[1]
    if (key === undefined)
      throw new AppError('invalid_request', `"${name}" is not a filter`, {
        field: `/${name}`,
        next: 'use status, bulk_id, content_type, provider, metadata.<key>, limit or cursor',
      })
    return [key, value] as const
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
