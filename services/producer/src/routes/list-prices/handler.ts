import { priceRowSchema } from '@halftone/contracts'
import { z } from 'zod'
import { parseSize } from '../../accept/nearest-sizes.ts'
import { priceMatrix, priceRows } from '../../answers/price-rows.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const priceQuery = z.strictObject({
  size: z
    .string()
    .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, 'WIDTHxHEIGHT in pixels, like "1024x1024"')
    .optional(),
  provider: z.string().max(64).optional(),
  model: z.string().max(128).optional().describe('as `model` or `provider/model`'),
  operation: z.string().max(64).optional(),
  matrix: z.enum(['true', 'false']).optional().describe('every model at the usual sizes that it makes'),
  view: z.enum(['rules', 'matrix']).optional().describe('`matrix` is `matrix=true`'),
})

export function listPricesRoute(app: App, { market, priceOf }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/prices',
    schema: {
      operationId: 'listPrices',
      summary: 'What every provider asks for one image',
      description:
        'With `matrix=true`: a row for each provider, model, operation, size, steps, quality and mode. With `size`: the rules that price it. Without: every rule at its own size, or at 1024x1024. ' +
        '`cost_per_image_usd` is null where no price is known, or where it depends on the mask.',
      tags: ['market'],
      security: bearer,
      querystring: priceQuery,
      response: {
        200: z.object({ version: z.int(), data: z.array(priceRowSchema) }),
        ...problems(400, 401, 503),
      },
    },
    handler: async (request) => {
      const view = market.view()
      const { size, provider, model, operation, matrix } = request.query
      const rowsOf = matrix === 'true' || request.query.view === 'matrix' ? priceMatrix : priceRows
      const rows = rowsOf(view, priceOf, size === undefined ? null : parseSize(size))
      return {
        version: view.priceVersion,
        data: rows.filter(
          (row) =>
            (provider === undefined || row.provider === provider) &&
            (model === undefined || row.model === model || `${row.provider}/${row.model}` === model) &&
            (operation === undefined || row.operation === operation),
        ),
      }
    },
  })
}
