import {
  type Catalogue,
  type JobInput,
  jobBodySchema,
  type ModelHealth,
  modelKey,
  type PriceRule,
  type Random,
} from '@halftone/contracts'
import { buildOffers, type MarketView } from '@halftone/market'
import { createPriceBook } from '@halftone/price-book'
import { builtInPolicies, type Routed, route, toRouteRequest } from '@halftone/routing'

/**
 * Routing and prices of the shipped catalogue, worked out in this process as if every provider had a key: for those
 * that Halftone has no adapter for, and for what would take thousands of jobs to see.
 */
export interface Reckoner {
  plan(job: JobInput, market?: { maskedPixels?: number; down?: string[]; random?: Random }): Routed
  rule(id: string): PriceRule
}

const yearMs = 365 * 86_400_000

export function createReckoner(catalogue: Catalogue): Reckoner {
  const booked = catalogue.rules.map((rule, index) => ({ version: index + 1, rule }))
  const rules = Map.groupBy(booked, ({ rule }) => modelKey(rule))
  const everybody = new Set(catalogue.providers.map(({ id }) => id))
  const book = createPriceBook(rules)
  const view: MarketView = {
    version: 1,
    priceVersion: booked.length,
    pricesAsOf: Date.now(),
    providers: new Map(catalogue.providers.map((provider) => [provider.id, provider])),
    models: catalogue.models,
    rules,
    health: new Map(),
    floors: catalogue.floors,
  }
  return {
    plan(job, { maskedPixels, down = [], random = () => 0.5 } = {}) {
      const body = jobBodySchema.parse(job)
      const [width = 0, height = 0] = (body.size ?? '1024x1024').split('x').map(Number)
      const picture = { fileId: 'file', sha256: '', width, height, format: 'png' as const }
      const inputs = {
        width,
        height,
        images: body.operation === 'generate' ? [] : [picture],
        mask: maskedPixels === undefined ? null : { ...picture, maskedPixels },
      }
      const asked = toRouteRequest(body, inputs, null, { dueMs: yearMs, avoid: [], maxTotal: null })
      const health = new Map(down.map((key) => [key, brokenModel(key)]))
      const offers = buildOffers(
        { ...view, health },
        book.priceOf,
        asked.request,
        asked.plausible,
        () => 0,
        everybody,
      )
      return route(asked, { offers, floors: view.floors, now: Date.now() }, builtInPolicies, random)
    },
    rule(id) {
      const found = catalogue.rules.find((rule) => rule.id === id)
      if (!found) throw new Error(`the catalogue has no rule ${id}`)
      return found
    },
  }
}

function brokenModel(key: string): ModelHealth {
  const [provider = '', model = ''] = key.split('/')
  return { provider, model, breaker: 'open', health: 0, latency_ms: {} }
}
