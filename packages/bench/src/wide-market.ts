import { loadCatalogue } from '@halftone/catalogue'
import { type BookedRule, type ModelSpec, modelKey } from '@halftone/contracts'
import { sampleRequest } from '@halftone/contracts/testing'
import type { MarketView } from '@halftone/market'
import { createPriceBook } from '@halftone/price-book'
import type { RouteRequest } from '@halftone/routing'

const wideModels = 200

/** The models of the catalogue that draw from words, and their rules, again and again until there are 200. */
export async function wideMarket() {
  const catalogue = await loadCatalogue('current')
  const drawing = catalogue.models.filter(({ operations }) => operations.generate)
  const models: ModelSpec[] = []
  const booked: BookedRule[] = []
  for (let place = 0; place < wideModels; place++) {
    const spec = drawing[place % drawing.length]!
    const provider = `${spec.provider}-${Math.floor(place / drawing.length)}`
    models.push({ ...spec, provider })
    for (const rule of catalogue.rules)
      if (modelKey(rule) === modelKey(spec))
        booked.push({ version: booked.length + 1, rule: { ...rule, id: `${rule.id}#${place}`, provider } })
  }
  const rules = Map.groupBy(booked, ({ rule }) => modelKey(rule))
  const view: MarketView = {
    version: 1,
    priceVersion: booked.length,
    pricesAsOf: Date.now(),
    providers: new Map(),
    models,
    rules,
    health: new Map(),
    floors: catalogue.floors,
  }
  const configured = new Set(models.map(({ provider }) => provider))
  return { view, priceOf: createPriceBook(rules).priceOf, configured }
}

export const squareRequest: RouteRequest = {
  request: sampleRequest({ prompt: 'a bicycle against a yellow wall' }),
  plausible: ['photo_scene'],
  qualityFloor: null,
  maxPerImage: null,
  maxTotal: null,
  latency: null,
  dueMs: 86_400_000,
  policy: 'cheapest',
  compareBy: 'image',
  allow: null,
  deny: [],
  model: null,
  batch: 'auto',
  avoid: [],
}
