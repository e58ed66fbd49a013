import { priceRowSchema } from '@halftone/contracts'
import { dollars, table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { defineVerb, positionals } from '../verb.ts'
import { age } from '../words.ts'
import { priceHistory } from './price-history.ts'
import { priceWatch } from './price-watch.ts'

export const pricesSchema = z.object({ version: z.int(), data: z.array(priceRowSchema) })
export type PriceRow = z.infer<typeof priceRowSchema>

export const prices = defineVerb({
  name: 'prices',
  summary: 'what every model asks now and asked before, and what was not believed',
  usage: `halftone prices [--size 1024x1024] [--provider NAME] [--model NAME] [--operation NAME]
halftone prices history RULE_ID
halftone prices held | release ID | refuse ID | events [--kind NAME] | sources

What every model asks for one image, cheapest first, with where each price is from and how old it is.

  --size WxH        only what can be had in this size (else: each price at its own size)
  --provider NAME   like openai
  --model NAME      like gpt-image-2 or openai/gpt-image-2
  --operation NAME  generate, edit, inpaint, …
  --matrix          every model at every usual size that it makes
  --rules           with the rules' ids, for "prices history"

For the operator (with the admin key: HALFTONE_ADMIN_KEY, or the stack that runs here):

  held              readings that were not believed; the last good price stands meanwhile
  release ID        believe one of them: it goes into the price book at once
  refuse ID         do not, and do not ask again while the source says the same
  events            what happened to prices, newest first; --kind price.changed, price.drift, …
  sources           who tells the prices, and when they last did`,
  options: {
    size: { type: 'string' },
    provider: { type: 'string' },
    model: { type: 'string' },
    operation: { type: 'string' },
    matrix: { type: 'boolean' },
    rules: { type: 'boolean' },
    kind: { type: 'string' },
  },
  async run({ values, positionals: given }, context) {
    if (given[0] === 'history') {
      const [rule = ''] = positionals(given.slice(1), ['RULE_ID'], 'prices')
      return priceHistory(rule, context)
    }
    const watch = priceWatch.get(given[0])
    if (watch) return watch(given.slice(1), context, values.kind)
    positionals(given, [], 'prices')
    const { size, provider, model, operation, rules = false } = values
    const matrix = values.matrix ? 'true' : undefined
    const answer = await (await context.api()).get('/v1/prices', { size, provider, model, operation, matrix })
    context.show(answer, () => priceTables(readAnswer(pricesSchema, answer), { now: context.now(), rules }))
  },
})

/** A table for each operation, cheapest first. */
function priceTables(
  { version, data }: z.infer<typeof pricesSchema>,
  options: { now: number; rules: boolean },
): string {
  if (data.length === 0) return 'no model does that'
  const groups = [...Map.groupBy(data, ({ operation }) => operation)].sort(([a], [b]) => byOperation(a, b))
  const tables = groups.map(([operation, rows]) => `${operation}\n${priceTable(rows, options)}`)
  const notes = [
    data.some(({ status }) => status === 'unknown') ? '?: no price is known, so it is never chosen' : '',
    data.some(byInputs) ? 'depends: on the mask, or on what else is sent; "halftone quote" tells' : '',
    data.some((row) => costCell(row, row.cost_per_image_usd) === '-') ? '-: not sold in this size' : '',
    `price book version ${version}`,
  ]
  return `${tables.join('\n\n')}\n\n${notes.filter(Boolean).join('\n')}`
}

function priceTable(rows: PriceRow[], { now, rules }: { now: number; rules: boolean }): string {
  const settings = (row: PriceRow) =>
    [row.quality, row.mode === 'standard' ? null : row.mode, row.steps && `${row.steps} steps`]
      .filter(Boolean)
      .join(', ')
  const withSteps = rows.some((row) => row.cost_per_step_usd !== null)
  const withSettings = rows.some((row) => settings(row) !== '')
  const cells = rows
    .toSorted(cheaper)
    .map((row) => [
      `${row.provider}/${row.model}`,
      row.size ?? '',
      ...(withSettings ? [settings(row)] : []),
      costCell(row, row.cost_per_image_usd),
      costCell(row, row.cost_per_megapixel_usd),
      ...(withSteps ? [row.cost_per_step_usd === null ? '' : dollars(row.cost_per_step_usd)] : []),
      row.source,
      age(row.observed_at, now),
      ...(rules ? [row.rule_id] : []),
    ])
  const headings = [
    'model',
    'size',
    ...(withSettings ? ['settings'] : []),
    'an image',
    'a megapixel',
    ...(withSteps ? ['a step'] : []),
    'source',
    'age',
    ...(rules ? ['rule'] : []),
  ]
  return table(headings, cells, { text: ['model', 'size', 'settings', 'source', 'rule'] })
}

function costCell(row: PriceRow, usd: string | null): string {
  if (row.status === 'retired') return 'retired'
  if (usd !== null) return row.status === 'free' ? 'free' : dollars(usd)
  if (row.status === 'unknown') return '?'
  return byInputs(row) ? 'depends' : '-'
}

function byInputs(row: PriceRow): boolean {
  return row.operation !== 'generate' && row.status === 'known' && row.cost_per_image_usd === null
}

function cheaper(a: PriceRow, b: PriceRow): number {
  const cost = ({ cost_per_image_usd }: PriceRow) =>
    cost_per_image_usd === null ? Number.MAX_VALUE : Number(cost_per_image_usd)
  return cost(a) - cost(b) || `${a.provider}/${a.model}`.localeCompare(`${b.provider}/${b.model}`)
}

function byOperation(a: string, b: string): number {
  const place = (operation: string) => ['generate', 'variation', 'edit'].indexOf(operation) >>> 0
  return place(a) - place(b) || a.localeCompare(b)
}
