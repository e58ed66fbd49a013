import type { FastifyInstance } from 'fastify'
import { accountOf } from '../caller.ts'
import type { PriceRow } from '../prices/table.ts'
import type { Simulation } from '../simulation.ts'
import type { ErrorShape } from '../wire-error.ts'
import { falErrors, platformError } from './errors.ts'
import { falModels } from './models.ts'
import type { FalRequests } from './requests.ts'
import { falKey } from './routes.ts'

type Endpoints = { Querystring: { endpoint_id?: string | string[]; limit?: string } }
const endpointsMax = 50

export const platformErrors: ErrorShape = {
  ...falErrors,
  unauthorized: () => platformError(401, 'authorization_error', 'Authentication required'),
  notFound: () => platformError(404, 'not_found', 'Not found'),
  down: () => platformError(503, 'service_unavailable', 'The service is temporarily unavailable'),
}

/** fal's platform API: what endpoints cost, and what requests did cost. */
export function falPlatformRoutes({ prices, faults }: Simulation, requests: FalRequests) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get<Endpoints>('/models/pricing', async (request) => {
      accountOf(request, platformErrors, falKey)
      if (faults.draw('fal', null) === 'down') throw platformErrors.down()
      const asked = [request.query.endpoint_id ?? []].flat().flatMap((ids) => ids.split(','))
      if (asked.length === 0 || asked.length > endpointsMax)
        throw platformError(400, 'validation_error', `endpoint_id: give 1 to ${endpointsMax}`)
      const rows = asked.map((id) => {
        const model = falModels.find((each) => each.id === id)
        const price = model && prices.find('fal', id, model.operation)
        if (!price) throw platformError(404, 'not_found', `Endpoint ${id} not found`)
        return { endpoint_id: id, unit_price: Number(price.amount_usd), unit: unitOf(price), currency: 'USD' }
      })
      return { prices: rows, next_cursor: null, has_more: false }
    })

    app.get<Endpoints>('/models/billing-events', async (request) => {
      const account = accountOf(request, platformErrors, falKey)
      const limit = Number(request.query.limit ?? 100)
      const ended = requests.list(account).filter(({ status }) => status === 'COMPLETED')
      const billing_events = ended.slice(0, limit).map(({ id, model, price, units, nano, endedAt }) => {
        const cost = Number(nano) / 1e9
        return {
          ...{ request_id: id, endpoint_id: model.id, timestamp: new Date(endedAt ?? 0).toISOString() },
          ...{ output_units: Number(units), unit_price: Number(price.amount_usd), percent_discount: null },
          ...{
            cost_subtotal: cost,
            cost_discount: 0,
            cost_total: cost,
            cost_estimate_nano_usd: Number(nano),
          },
        }
      })
      return { billing_events, next_cursor: null, has_more: ended.length > limit }
    })
  }
}

function unitOf({ unit }: PriceRow): string {
  return unit === 'megapixel' ? 'megapixels' : 'images'
}
