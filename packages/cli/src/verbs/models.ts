import { componentSchema } from '@halftone/contracts'
import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { asks } from '../price-words.ts'
import { defineVerb, positionals } from '../verb.ts'
import { amount, localTime } from '../words.ts'
import { type PriceRow, pricesSchema } from './prices.ts'

/** What a price feed lists and the catalogue lacks; with all that it asks for it. */
const discoveredSchema = z.object({
  data: z.array(
    z.object({
      at: z.string(),
      detail: z.object({
        model: z.string(),
        source: z.string(),
        rules: z.array(z.object({ operation: z.string(), components: z.array(componentSchema) })),
      }),
    }),
  ),
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
      const news = discovered.flatMap(({ at, detail }) =>
        detail.rules.map(({ operation, components }, place) =>
          place === 0
            ? [detail.model, operation, asks(components), detail.source, localTime(at)]
            : ['', operation, asks(components), '', ''],
        ),
      )
      const headings = ['not in the catalogue', 'does', 'asks', 'listed by', 'seen']
      return `${listed}\n\n${table(headings, news, { text: headings })}`
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
