import { loadCatalogue } from '@halftone/catalogue'
import { type BookedRule, modelKey, type PriceOf } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { priceRows } from './price-rows.ts'

const unpriced: PriceOf = () => ({
  ...{ operation: 'generate', ruleId: null, priceVersion: null, cost: null, worst: null, reason: 'test' },
})

test('a model leaves the matrix on the day that it retires, and with a rule that was retired', async () => {
  const { models, providers, rules, floors } = await loadCatalogue('current')
  const booked = rules.map((rule, index): BookedRule => {
    const gone = rule.id === 'cur:replicate/flux-dev/generate'
    return { version: index + 1, rule: gone ? { ...rule, status: 'retired' } : rule }
  })
  const view = {
    ...{ version: 1, priceVersion: 1, pricesAsOf: 0, models, floors, health: new Map() },
    providers: new Map(providers.map((provider) => [provider.id, provider])),
    rules: Map.groupBy(booked, ({ rule }) => modelKey(rule)),
  }
  const modelsOn = (day: string) =>
    new Set(
      priceRows(view, unpriced, null, Date.parse(day)).map(({ provider, model }) => `${provider}/${model}`),
    )
  expect(modelsOn('2026-11-30')).toContain('openai/gpt-image-1.5')
  expect(modelsOn('2026-12-01')).not.toContain('openai/gpt-image-1.5')
  expect(modelsOn('2026-12-01')).toContain('openai/gpt-image-2')
  expect(modelsOn('2026-11-30')).not.toContain('replicate/flux-dev')
})
