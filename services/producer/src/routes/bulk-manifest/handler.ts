import { Readable } from 'node:stream'
import { jobStatuses } from '@halftone/contracts'
import type { JobFilter, JobRow } from '@halftone/ledger'
import { z } from 'zod'
import { csvLine } from '../../answers/csv.ts'
import { manifestColumns, manifestLine, manifestRow } from '../../answers/manifest-row.ts'
import { wantsCsv } from '../../answers/text-format.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

const manifestQuery = z.strictObject({
  format: z.enum(['jsonl', 'csv']).optional(),
  status: z.enum(jobStatuses).optional(),
})

const text = (description: string) => z.custom<Readable>().meta({ type: 'string', description })
const pageJobs = 500

/** `GET /v1/bulk/:id/manifest`: every job with its pictures' fresh links, streamed page by page. */
export function bulkManifestRoute(app: App, { ledger, accept, log }: ProducerParts): void {
  const jobsOf = async function* (
    projectId: string,
    filter: Omit<JobFilter, 'limit'>,
  ): AsyncIterable<JobRow> {
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page = await ledger.jobs.list(projectId, { ...filter, limit: pageJobs, cursor })
      yield* page.jobs
      cursor = page.nextCursor
    }
  }
  app.route({
    method: 'GET',
    url: '/bulk/:id/manifest',
    schema: {
      operationId: 'getBulkManifest',
      summary: 'All jobs of a bulk with their pictures, in one file',
      description:
        'JSON lines in the order of the bulk, or CSV with `?format=csv` or `Accept: text/csv`. Links are signed anew each time and good for a day.',
      tags: ['bulk'],
      security: bearer,
      params: idParams,
      querystring: manifestQuery,
      response: {
        200: {
          description: 'One job a line',
          content: {
            'application/x-ndjson': {
              schema: text(
                'JSON lines: index, job_id, status, provider, model, cost_usd, images, error, metadata',
              ),
            },
            'text/csv': { schema: text(`With a header: ${manifestColumns.join(', ')}`) },
          },
        },
        ...problems(400, 401, 404, 503),
      },
    },
    handler: async (request, reply) => {
      const { projectId, query } = request
      const bulkId = knownId('bulk', request.params.id)
      found('bulk', await ledger.jobs.bulk(projectId, bulkId))
      const csv = wantsCsv(request, query.format)
      const jobs = jobsOf(projectId, { bulkId, status: query.status })
      const lines = async function* () {
        if (csv) yield csvLine(manifestColumns)
        for await (const job of jobs)
          yield csv ? manifestLine(job, accept.links) : `${JSON.stringify(manifestRow(job, accept.links))}\n`
      }
      const file = Readable.from(lines(), { objectMode: false })
      file.once('error', (error) => log.warn({ err: error, bulk: bulkId }, 'a manifest was cut'))
      return reply
        .type(csv ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="${bulkId}.${csv ? 'csv' : 'jsonl'}"`)
        .send(file)
    },
  })
}
