import { componentSchema } from '@halftone/contracts'
import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { asks } from '../price-words.ts'
import { defineVerb, positionals } from '../verb.ts'
import { amount, localTime } from '../words.ts'
import { importModel } from './import-model.ts'
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
halftone models import PROVIDER/MODEL --like PROVIDER/KNOWN [--wire NAME=VALUE …] [--file models.json]

Every model with what it does and the least it asks, and the models that a price feed lists but the catalogue lacks
(those need the admin key: HALFTONE_ADMIN_KEY, or the stack that runs here).

"models import" writes one of the latter, with its prices, into your own catalogue file, which is laid over the shipped
one. What the model can do no feed tells: it is assumed to be what a known model does.

  --like MODEL       the known model, as PROVIDER/MODEL
  --wire NAME=VALUE  a field by which the provider is called, where it differs; may be repeated
  --file FILE        the catalogue file (else HALFTONE_CATALOGUE_FILE, else models.json here)`,
  options: {
    like: { type: 'string' },
    wire: { type: 'string', multiple: true },
    file: { type: 'string' },
  },
  async run({ values, positionals: given }, context) {
    if (given[0] === 'import') {
      const [model = ''] = positionals(given.slice(1), ['PROVIDER/MODEL'], 'models')
      const { like, wire = [], file } = values
      return importModel(model, { like, wire, file }, context)
    }
    positionals(given, [], 'models')
    const api = await context.api()
    const priced = await api.get('/v1/prices')
    const query = { kind: 'model.discovered', limit: '1000' }
    const found = await api.getAsAdmin('/admin/v1/price-events', query)
    const catalogue = modelsOf(readAnswer(pricesSchema, priced).data)
    // what was imported since is no news
    const listedHere = new Set(catalogue.map(({ model }) => model))
    const discovered =
      found === null
        ? null
        : readAnswer(discoveredSchema, found).data.filter(({ detail }) => !listedHere.has(detail.model))
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
