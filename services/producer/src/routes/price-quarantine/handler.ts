import { AppError } from '@halftone/contracts'
import type { QuarantineRow } from '@halftone/ledger'
import { priceSignals } from '@halftone/price-book'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const heldSchema = z.object({
  id: z.int(),
  kind: z.enum(['leap', 'nonsense', 'gone', 'shrunk']),
  rule_id: z.string().nullable().describe('null: the whole refresh of the source'),
  source: z.string(),
  reason: z.string(),
  state: z.enum(['held', 'released', 'refused']),
  decided_by: z.enum(['poll', 'source', 'operator']).nullable(),
  polls: z.int().describe('how often the source has said it'),
  first_seen: z.string(),
  last_seen: z.string(),
  reading: z.unknown().describe('the rule as the source wants it, or the ids that it lacks'),
})
const idParams = z.object({ id: z.coerce.number().int().min(1) })

/** Readings that were too odd to believe, and the operator's word on them. */
export function priceQuarantineRoutes(app: App, { ledger, signals }: ProducerParts): void {
  const { quarantine } = ledger.prices
  app.route({
    method: 'GET',
    url: '/price-quarantine',
    schema: {
      operationId: 'listPriceQuarantine',
      summary: 'Prices that were not believed',
      description:
        'Newest first. What moved too far or vanished is believed when the source says it again; zero, negative and ' +
        'out-of-band amounts only when the operator releases them. Until then the last good price stands.',
      tags: ['admin'],
      security: bearer,
      querystring: z.object({
        state: z.enum(['held', 'released', 'refused']).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(50),
      }),
      response: { 200: z.object({ data: z.array(heldSchema) }), ...problems(400, 401, 503) },
    },
    handler: async ({ query }) => ({ data: (await quarantine.list(query)).map(heldAnswer) }),
  })
  app.route({
    method: 'POST',
    url: '/price-quarantine/:id/release',
    schema: {
      operationId: 'releasePrice',
      summary: 'Believe a held price',
      description: 'It goes into the book at once. A held refresh as a whole is let in by the next poll.',
      tags: ['admin'],
      security: bearer,
      params: idParams,
      response: { 200: z.object({ changed: z.array(z.string()) }), ...problems(400, 401, 404, 503) },
    },
    handler: async ({ params: { id } }) => {
      const [row] = (await quarantine.list({ state: 'held', limit: 1_000 })).filter((held) => held.id === id)
      if (!row) throw notHeld()
      const changes = await quarantine.release(id)
      for (const signal of priceSignals(changes)) await signals.publish('price', signal)
      return { changed: changes.map(({ booked }) => booked.rule.id) }
    },
  })
  app.route({
    method: 'POST',
    url: '/price-quarantine/:id/refuse',
    schema: {
      operationId: 'refusePrice',
      summary: 'Do not believe a held price',
      description: 'It is not asked again while the source says the same.',
      tags: ['admin'],
      security: bearer,
      params: idParams,
      response: { 200: z.object({ refused: z.literal(true) }), ...problems(400, 401, 404, 503) },
    },
    handler: async ({ params: { id } }) => {
      if (!(await quarantine.refuse(id))) throw notHeld()
      return { refused: true as const }
    },
  })
}

function notHeld(): AppError {
  return new AppError('not_found', 'no such price is held', {
    field: '/id',
    next: 'GET /admin/v1/price-quarantine?state=held lists those that are',
  })
}

function heldAnswer(row: QuarantineRow): z.infer<typeof heldSchema> {
  return {
    id: row.id,
    kind: row.kind,
    rule_id: row.ruleId,
    source: row.source,
    reason: row.reason,
    state: row.state,
    decided_by: row.decidedBy,
    polls: row.polls,
    first_seen: row.firstSeen.toISOString(),
    last_seen: row.lastSeen.toISOString(),
    reading: row.reading,
  }
}
