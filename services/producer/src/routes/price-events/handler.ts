import { priceEventKinds } from '@halftone/ledger'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const eventSchema = z.object({
  id: z.int(),
  kind: z.enum(priceEventKinds),
  at: z.string(),
  detail: z.record(z.string(), z.unknown()),
})
const sourceSchema = z.object({
  id: z.string(),
  role: z.enum(['operator', 'authority', 'tripwire']),
  providers: z.array(z.string()).describe('whose prices it may set'),
  checked_at: z.string().nullable(),
  answered_at: z.string().nullable(),
  changed_at: z.string().nullable(),
  same_since: z.string().nullable(),
  misses: z.int().describe('polls in a row without an answer'),
  last_error: z.string().nullable(),
})

/** What happened to prices, and who tells them. */
export function priceEventRoutes(app: App, { ledger }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/price-events',
    schema: {
      operationId: 'listPriceEvents',
      summary: 'What happened to prices',
      description:
        'Newest first: changes, disagreements between sources, held and released prices, drift, new models.',
      tags: ['admin'],
      security: bearer,
      querystring: z.object({
        kind: z.enum(priceEventKinds).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(50),
        cursor: z.coerce.number().int().min(1).optional(),
      }),
      response: {
        200: z.object({ data: z.array(eventSchema), next_cursor: z.string().nullable() }),
        ...problems(400, 401, 503),
      },
    },
    handler: async ({ query: { kind, limit, cursor } }) => {
      const events = await ledger.prices.events.list({ kind, limit, before: cursor })
      const last = events.length === limit ? events.at(-1) : undefined
      return {
        data: events.map((event) => ({ ...event, at: event.at.toISOString() })),
        next_cursor: last ? String(last.id) : null,
      }
    },
  })
  app.route({
    method: 'GET',
    url: '/price-sources',
    schema: {
      operationId: 'listPriceSources',
      summary: 'Who tells the prices, and when they last did',
      tags: ['admin'],
      security: bearer,
      response: { 200: z.object({ data: z.array(sourceSchema) }), ...problems(401, 503) },
    },
    handler: async () => ({
      data: (await ledger.prices.sources.list()).map((row) => ({
        id: row.id,
        role: row.role,
        providers: row.providers,
        checked_at: row.checkedAt?.toISOString() ?? null,
        answered_at: row.answeredAt?.toISOString() ?? null,
        changed_at: row.changedAt?.toISOString() ?? null,
        same_since: row.sameSince?.toISOString() ?? null,
        misses: row.misses,
        last_error: row.lastError,
      })),
    }),
  })
}
