import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { defineVerb, positionals } from '../verb.ts'
import { amount, localTime } from '../words.ts'
import { type PriceRow, pricesSchema } from './prices.ts'

const discoveredSchema = z.object({
  data: z.array(z.looseObject({ at: z.string(), detail: z.record(z.string(), z.unknown()) })),
})

export const models = defineVerb({
  name: 'models',
  summary: 'the models of the catalogue, and those that price feeds list beside it',
  usage: `halftone models

Every model with what it does and the least it asks, and the models that a price feed lists but the catalogue lacks
(those need the admin key: HALFTONE_ADMIN_KEY, or the stack that runs here).`,
  options: {},
  async run({ positionals: given }, context) {
    positionals(given, [], 'models')
    const api = await context.api()
    const priced = await api.get('/v1/prices')
    const found = await api.getAsAdmin('/admin/v1/price-events', { kind: 'model.discovered' })
    const catalogue = modelsOf(readAnswer(pricesSchema, priced).data)
    const discovered = found === null ? null : readAnswer(discoveredSchema, found).data
    context.show({ data: catalogue, discovered }, () => {
      const rows = catalogue.map((one) => [one.model, one.operations.join(', '), amount(one.from_usd)])
      const listed = table(['model', 'does', 'from'], rows, { text: ['model', 'does'] })
      if (discovered === null)
        return `${listed}\n\nwhat price feeds list beside these, this server does not tell (or not without the admin key)`
      if (discovered.length === 0) return `${listed}\n\nno price feed lists a model that the catalogue lacks`
      const news = discovered.map(({ at, detail }) => [
        `${detail.provider ?? '?'}/${detail.model ?? '?'}`,
        localTime(at),
        typeof detail.amount_usd === 'string' ? amount(detail.amount_usd) : '?',
      ])
      const headings = ['not in the catalogue', 'seen', 'asks']
      return `${listed}\n\n${table(headings, news, { text: headings.slice(0, 2) })}`
    })
  },
})

function modelsOf(rows: PriceRow[]): { model: string; operations: string[]; from_usd: string | null }[] {
  const byModel = Map.groupBy(rows, ({ provider, model }) => `${provider}/${model}`)
  return [...byModel]
    .map(([model, own]) => ({
      model,
      operations: [...new Set(own.map(({ operation }) => operation))],
      from_usd:
        own
          .flatMap(({ cost_per_image_usd }) => cost_per_image_usd ?? [])
          .toSorted((a, b) => Number(a) - Number(b))[0] ?? null,
    }))
    .toSorted((a, b) => a.model.localeCompare(b.model))
}
