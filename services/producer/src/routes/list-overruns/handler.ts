import { toUsd } from '@halftone/contracts'
import type { OverrunRow } from '@halftone/ledger'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, pageQuery, problems } from '../schemas.ts'

const overrunSchema = z.object({
  job_id: z.string(),
  bulk_id: z.string().nullable(),
  project_id: z.string(),
  quote_id: z.string(),
  provider: z.string(),
  model: z.string(),
  quoted_usd: z.string(),
  cost_usd: z.string().describe('what the provider charged'),
  absorbed_usd: z.string().describe('what the operator paid of it'),
  quoted_price_version: z.int(),
  paid_price_version: z.int(),
  at: z.string(),
})

/** What quotes have cost the operator. */
export function listOverrunsRoute(app: App, { ledger }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/overruns',
    schema: {
      operationId: 'listOverruns',
      summary: 'Quoted jobs that cost more than their quote',
      description: 'Newest first. The project pays what was quoted; the rest is the operator’s.',
      tags: ['admin'],
      security: bearer,
      querystring: pageQuery,
      response: {
        200: z.object({
          total_usd: z.string(),
          jobs: z.int(),
          data: z.array(overrunSchema),
          next_cursor: z.string().nullable(),
        }),
        ...problems(400, 401, 503),
      },
    },
    handler: async ({ query }) => {
      const [{ overruns, nextCursor }, totals] = await Promise.all([
        ledger.quotes.overruns(query),
        ledger.quotes.overrunTotals(),
      ])
      return {
        total_usd: toUsd(totals.absorbed),
        jobs: totals.jobs,
        data: overruns.map(overrunAnswer),
        next_cursor: nextCursor,
      }
    },
  })
}

function overrunAnswer(row: OverrunRow): z.infer<typeof overrunSchema> {
  return {
    job_id: row.jobId,
    bulk_id: row.bulkId,
    project_id: row.projectId,
    quote_id: row.quoteId,
    provider: row.provider,
    model: row.model,
    quoted_usd: toUsd(row.quoted),
    cost_usd: toUsd(row.cost),
    absorbed_usd: toUsd(row.absorbed),
    quoted_price_version: row.quotedVersion,
    paid_price_version: row.paidVersion,
    at: row.at.toISOString(),
  }
}
