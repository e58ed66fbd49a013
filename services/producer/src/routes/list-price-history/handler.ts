import { type BookedRule, priceRuleSchema } from '@halftone/contracts'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const historyQuery = z.strictObject({
  rule_id: z.string().max(200).optional(),
  provider: z.string().max(64).optional(),
  model: z.string().max(128).optional().describe('as `model` or `provider/model`'),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  cursor: z.coerce.number().int().min(1).optional(),
})

const versionSchema = z.object({
  version: z.int(),
  rule_id: z.string(),
  provider: z.string(),
  model: z.string(),
  operation: z.string(),
  status: z.string(),
  from: z.string(),
  until: z.string().nullable().describe('null: in force'),
  currency: z.string(),
  amounts: priceRuleSchema.shape.components,
  modifiers: priceRuleSchema.shape.modifiers,
  source: z.string(),
  confidence: z.number(),
  observed_at: z.string().nullable(),
})

/** What prices were, and when: rules are never changed in place. */
export function listPriceHistoryRoute(app: App, { ledger }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/prices/history',
    schema: {
      operationId: 'listPriceHistory',
      summary: 'What prices were, and from when to when',
      tags: ['market'],
      security: bearer,
      querystring: historyQuery,
      response: {
        200: z.object({ data: z.array(versionSchema), next_cursor: z.string().nullable() }),
        ...problems(400, 401, 503),
      },
    },
    handler: async ({ query }) => {
      const { rule_id: ruleId, provider, model, limit, cursor: before } = query
      const rows = await ledger.prices.versions({ ruleId, provider, model, before, limit: limit + 1 })
      const page = rows.slice(0, limit)
      return {
        data: page.map(versionAnswer),
        next_cursor: rows.length > limit ? String(page.at(-1)!.version) : null,
      }
    },
  })
}

function versionAnswer({
  version,
  rule,
  from,
  until,
}: BookedRule & { from: Date; until: Date | null }): z.infer<typeof versionSchema> {
  return {
    version,
    rule_id: rule.id,
    provider: rule.provider,
    model: rule.model,
    operation: rule.operation,
    status: rule.status,
    from: from.toISOString(),
    until: until?.toISOString() ?? null,
    currency: rule.currency,
    amounts: rule.components,
    modifiers: rule.modifiers,
    source: rule.source.id,
    confidence: rule.confidence,
    observed_at: rule.observed_at,
  }
}
