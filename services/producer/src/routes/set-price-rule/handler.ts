import {
  AppError,
  type BookedRule,
  modelKey,
  type PriceComponent,
  type PriceRule,
  priceRuleSchema,
  usdSchema,
} from '@halftone/contracts'
import { leadingComponent, priceSignals } from '@halftone/price-book'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const bodySchema = z.union([
  z.strictObject({
    amount_usd: usdSchema.nullable().describe('of the rule’s leading component; null: not known any more'),
  }),
  priceRuleSchema.partial({ id: true, source: true, confidence: true, observed_at: true }),
])

/** An operator's word is the surest there is: no feed takes its place, until the operator changes it. */
const operatorSource: PriceRule['source'] = { kind: 'operator_override', id: 'operator', locator: null }

/** A new version of one price, as the operator states it. Every process uses it as soon as it hears of it. */
export function setPriceRuleRoute(app: App, { ledger, market, signals, accept }: ProducerParts): void {
  app.route({
    method: 'PUT',
    url: '/price-rules/:rule_id',
    schema: {
      operationId: 'setPriceRule',
      summary: 'State a price',
      description:
        'A new amount for a rule that is there, or a whole rule. The id goes into the path URL-encoded. It is booked with ' +
        'confidence 1 and stays until it is stated anew; the history keeps what it replaced.',
      tags: ['admin'],
      security: bearer,
      params: z.object({ rule_id: z.string().min(1).max(200) }),
      body: bodySchema,
      response: {
        200: z.object({ version: z.int(), rule: priceRuleSchema }),
        ...problems(400, 401, 404, 503),
      },
    },
    handler: async ({ params: { rule_id }, body }) => {
      const [current] = await ledger.prices.history(rule_id, 1)
      const stated = 'amount_usd' in body ? withAmount(rule_id, current, body.amount_usd) : body
      if (stated.id !== undefined && stated.id !== rule_id)
        throw new AppError('invalid_request', 'the rule has another id than the path', {
          field: '/id',
          next: 'leave id out of the body',
        })
      if (!market.view().models.some((spec) => modelKey(spec) === modelKey(stated)))
        throw new AppError('invalid_request', `the catalogue has no model ${modelKey(stated)}`, {
          field: '/model',
          next: 'GET /v1/prices shows the models that are known',
        })
      const rule: PriceRule = {
        ...stated,
        id: rule_id,
        source: operatorSource,
        confidence: 1,
        observed_at: new Date(accept.clock()).toISOString(),
      }
      const [change] = await ledger.prices.put([rule])
      if (!change) return { version: current!.version, rule: current!.rule }
      for (const signal of priceSignals([change])) await signals.publish('price', signal)
      return change.booked
    },
  })
}

function withAmount(id: string, current: BookedRule | undefined, amount: string | null): PriceRule {
  if (!current)
    throw new AppError('not_found', 'there is no such price rule', {
      field: '/rule_id',
      next: 'send the whole rule to make one; GET /v1/prices names those that are there',
    })
  const { rule } = current
  const leading = leadingComponent(rule)
  const components: PriceComponent[] = leading
    ? rule.components.map((component) => (component === leading ? { ...component, amount } : component))
    : [{ kind: 'per_image', amount, count: 'output' }]
  return { ...rule, id, components, status: amount === null ? 'unknown' : 'known' }
}
