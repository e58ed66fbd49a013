import { resolve } from 'node:path'
import { catalogueNames, loadCatalogue } from '@halftone/catalogue'
import {
  type Catalogue,
  type ModelSpec,
  modelKey,
  type PriceRule,
  priceRuleSchema,
} from '@halftone/contracts'
import { z } from 'zod'
import { type Api, readAnswer } from '../api.ts'
import { Failure, usageFailure } from '../failure.ts'
import { assumptions, type Discovered, likeKnown, unpriced } from '../like-known.ts'
import { readOverlayFile, writeOverlayFile } from '../overlay-file.ts'
import { asks } from '../price-words.ts'
import type { VerbContext } from '../verb.ts'
import { localTime } from '../words.ts'

const next = '"halftone models" lists what is known, and what price feeds list beside it'

/** Writes a discovered model, taken to be like a known one, into the operator's catalogue file. */
export async function importModel(
  model: string,
  options: { like: string | undefined; wire: string[]; file: string | undefined },
  context: VerbContext,
): Promise<void> {
  const { env, cwd } = context
  const wire = Object.fromEntries(options.wire.map(wireField))
  const file = resolve(cwd, options.file ?? (env.HALFTONE_CATALOGUE_FILE || 'models.json'))
  const own = await readOverlayFile(file)
  const catalogue = await loadCatalogue(catalogueName(env), own ? file : undefined)
  if (catalogue.models.some((spec) => modelKey(spec) === model))
    throw new Failure('failed', `${model} is in the catalogue already`, { next })
  const known = knownModel(catalogue, options.like)
  const found = await findDiscovered(await context.api(), model)
  const today = new Date(context.now()).toISOString().slice(0, 10)
  const spec = likeKnown(known, found, wire, today)
  const { rules } = found.detail
  await writeOverlayFile(file, {
    providers: own?.providers ?? [],
    models: [...(own?.models ?? []), spec],
    rules: [...(own?.rules ?? []).filter(({ id }) => !rules.some((rule) => rule.id === id)), ...rules],
  })
  const callable = catalogue.providers.some(({ id }) => id === spec.provider)
  const answer = {
    file,
    set: { HALFTONE_CATALOGUE_FILE: file },
    restart_needed: true,
    ...{ model: spec, rules, callable, unpriced: unpriced(spec, rules) },
    assumed: { like: modelKey(known), fields: Object.fromEntries(assumptions(spec)) },
  }
  context.show(answer, () => told(answer, found))
}

function wireField(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw usageFailure(`"${text}" is not name=value`, 'give --wire like --wire name=flux-dev')
  return [text.slice(0, at), text.slice(at + 1)]
}

function catalogueName(env: NodeJS.ProcessEnv) {
  const named = env.HALFTONE_CATALOGUE || 'current'
  const name = catalogueNames.find((one) => one === named)
  if (!name)
    throw usageFailure(
      `there is no catalogue "${named}"`,
      `HALFTONE_CATALOGUE is one of ${catalogueNames.join(', ')}`,
    )
  return name
}

function knownModel({ name, models }: Catalogue, like: string | undefined): ModelSpec {
  if (like === undefined)
    throw usageFailure(
      'a price feed does not tell what a model can do',
      'name a model of the catalogue that does the same: --like PROVIDER/KNOWN',
    )
  const known = models.find((spec) => modelKey(spec) === like)
  if (!known) throw new Failure('failed', `${like} is not in the catalogue "${name}"`, { next })
  return known
}

const pageSchema = z.object({
  data: z.array(z.object({ at: z.string(), detail: z.looseObject({ model: z.string() }) })),
  next_cursor: z.string().nullable(),
})
const discoveredSchema = z.object({
  at: z.string(),
  detail: z.object({
    model: z.string(),
    source: z.string(),
    retires_on: z.string().nullable(),
    rules: z.array(priceRuleSchema).min(1),
  }),
})

async function findDiscovered(api: Api, model: string): Promise<Discovered> {
  let cursor: string | undefined
  do {
    const query = { kind: 'model.discovered', limit: '1000', cursor }
    const page = readAnswer(pageSchema, await api.operate('GET', '/admin/v1/price-events', query))
    const found = page.data.find(({ detail }) => detail.model === model)
    if (found) return readAnswer(discoveredSchema, found)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  throw new Failure('failed', `no price feed has listed ${model}`, { next })
}

interface Told {
  file: string
  model: ModelSpec
  rules: PriceRule[]
  callable: boolean
  unpriced: string[]
  assumed: { like: string; fields: Record<string, string> }
}

function told({ file, model, rules, callable, unpriced, assumed }: Told, { at, detail }: Discovered): string {
  const notes = [
    unpriced.length > 0 ? `no price is known for ${unpriced.join(', ')}: it is never chosen for that` : null,
    callable
      ? null
      : `the catalogue has no provider "${model.provider}": the model is shown and compared, but nothing can call it`,
  ]
  return [
    `${modelKey(model)} is written to ${file}`,
    '',
    `prices, by ${detail.source}, seen ${localTime(at)}:`,
    ...rules.map(({ operation, components }) => `  ${operation.padEnd(10)} ${asks(components)}`),
    '',
    `assumed to be as with ${assumed.like}; correct in the file what is not so:`,
    ...Object.entries(assumed.fields).map(([name, value]) => `  ${name.padEnd(10)} ${value}`),
    '',
    ...notes.filter((note) => note !== null),
    `set HALFTONE_CATALOGUE_FILE=${file} and restart; until then nothing changes`,
  ].join('\n')
}
