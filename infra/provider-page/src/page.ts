import {
  type Catalogue,
  type ModelSpec,
  modelKey,
  type PriceRule,
  type ProviderSpec,
} from '@halftone/contracts'
import type { ImageProvider } from '@halftone/providers'
import { sizeWords } from './sizes.ts'

/** The registry's adapters by provider id: what they say of masks and of lost calls is said here. */
export type Adapters = ReadonlyMap<string, Pick<ImageProvider, 'recoverability' | 'maskForm' | 'poll'>>

const head = `<!-- Written by "node infra/provider-page/src/main.ts" from the registry and the catalogue. Edit those. -->

# Providers

What each can do, where its prices are from, and how sure that is. "Facts" is the confidence of the capabilities:
\`spec-validated\` (our requests are checked against the provider's own specification), \`document-derived\` (read in its
documents), \`low\` (hearsay, or our own reading). An operator lays own models, facts and prices over these by
\`HALFTONE_CATALOGUE_FILE\`; a request that a model cannot do exactly excludes it, and \`why\` says the reason.
`

/** \`docs/providers.md\`. */
export function renderPage(catalogue: Catalogue, adapters: Adapters): string {
  const shown = catalogue.providers.filter(({ id }) => adapters.has(id))
  const without = catalogue.providers.filter(({ id }) => !adapters.has(id)).map(({ name }) => name)
  const sections = shown.map((provider) => section(provider, catalogue, adapters))
  const note = without.length > 0 ? [`In the catalogue and not yet spoken to: ${without.join(', ')}.\n`] : []
  return [head, overview(shown, catalogue, adapters), ...note, ...sections].join('\n')
}

/** The short form, for the README. */
export function overview(
  providers: readonly ProviderSpec[],
  catalogue: Catalogue,
  adapters: Adapters,
): string {
  const rows = providers.map((provider) => {
    const models = modelsOf(provider, catalogue)
    const rules = catalogue.rules.filter((rule) => rule.provider === provider.id)
    return [
      `[${provider.name}](#${provider.id})`,
      joined(models.flatMap((spec) => Object.keys(spec.operations))) || 'what your own models do',
      joined(models.map((spec) => maskWords(spec, adapters))) || provider.preset?.edit?.mask?.edits || 'none',
      models.some((spec) => spec.batch) ? 'yes' : 'no',
      joined(rules.map(sourceKind)),
      joined(models.map(({ confidence = 'low' }) => confidence)),
      models.map(({ as_of }) => as_of).toSorted()[0] ?? '',
    ]
  })
  return table(['provider', 'does', 'mask: what is edited', 'batch', 'prices from', 'facts', 'as of'], rows)
}

function section(provider: ProviderSpec, catalogue: Catalogue, adapters: Adapters): string {
  const adapter = adapters.get(provider.id)
  const lost = {
    idempotent: 'is sent again under its own key',
    findable: 'is found again by our id',
    blind: 'stays unknown: nobody can tell',
  }[adapter?.recoverability ?? 'blind']
  const { limits, key_env, base_url } = provider
  const rows = modelsOf(provider, catalogue).map((spec) => modelRow(spec, catalogue, adapters))
  const columns = [
    'model',
    'does',
    'sizes',
    'n',
    'inputs',
    'mask',
    'settings',
    'formats',
    'prompt',
    'ends',
    'price',
    'facts',
  ]
  return `<a id="${provider.id}"></a>

## ${provider.name}

Key \`${key_env}\`, at ${base_url}. ${adapter?.poll ? 'Accepts a call and is asked for its end' : 'Answers a call with its pictures'}; a call whose answer is lost ${lost}.
Limits until it says otherwise: ${limits.requests_per_minute} requests a minute, ${limits.concurrent} at once.

${rows.length > 0 ? table(columns, rows) : 'No model of it is listed: the operator lists what the account has.\n'}
Sources: ${joined([provider.sources, ...modelsOf(provider, catalogue).map(({ sources }) => sources)].flat(), '; ')}
`
}

function modelRow(spec: ModelSpec, { rules }: Catalogue, adapters: Adapters): string[] {
  const { operations, qualities, steps, seed, modes, formats, confidence = 'low', retires_on } = spec
  const all = Object.values(operations)
  const settings = [
    qualities.length > 0 ? qualities.join('/') : '',
    steps ? `${steps.min} to ${steps.max} steps` : '',
    seed ? 'seed' : '',
    ...modes.filter((mode) => mode !== 'standard'),
    spec.batch ? `batch (${spec.batch.hours} h)` : '',
  ]
  return [
    spec.model,
    joined([
      ...Object.keys(operations).filter((name) => name !== 'edit'),
      ...(operations.edit ? editWords(operations.edit) : []),
    ]),
    sizeWords(spec),
    `${Math.max(...all.map(({ n_max }) => n_max))}`,
    `${Math.max(...all.map(({ images_max }) => images_max))}`,
    maskWords(spec, adapters) || 'none',
    joined(settings) || 'none',
    formats.join(' '),
    `${spec.prompt_max_chars}`,
    retires_on ?? '',
    joined(rules.filter((rule) => modelKey(rule) === modelKey(spec)).map(priceWords)),
    `${confidence}, ${spec.as_of}`,
  ]
}

function editWords({ edit_kinds = [] }: NonNullable<ModelSpec['operations']['edit']>): string[] {
  return edit_kinds.length > 0
    ? edit_kinds.map((kind) => (kind === 'edit' ? 'edit by words' : kind))
    : ['edit']
}

/** Which part of a mask the provider changes, as our adapter sends it; empty: it takes none. */
function maskWords(spec: ModelSpec, adapters: Adapters): string {
  const { edit } = spec.operations
  if (!edit) return ''
  const kinds = (edit.edit_kinds ?? ['inpaint']).filter(
    (kind) => (edit.by_kind?.[kind]?.mask ?? edit.mask) !== 'none',
  )
  const forms = kinds.map((kind) => adapters.get(spec.provider)?.maskForm?.(spec, kind))
  return joined(
    forms.map((form) =>
      form ? `${form.edits}${form.levels === 'soft' ? ', grey in part' : ''}` : 'not known',
    ),
  )
}

function priceWords({ source, observed_at, confidence, status }: PriceRule): string {
  if (status === 'unknown') return 'not known'
  return `${sourceKindOf(source.kind)}, ${observed_at?.slice(0, 10) ?? 'no date'}, confidence ${confidence}`
}

function sourceKind({ source }: PriceRule): string {
  return sourceKindOf(source.kind)
}

function sourceKindOf(kind: string): string {
  return kind.replaceAll('_', ' ')
}

function modelsOf({ id }: ProviderSpec, { models }: Catalogue): ModelSpec[] {
  return models.filter((spec) => spec.provider === id)
}

function joined(words: readonly string[], by = ', '): string {
  return [...new Set(words.filter((word) => word !== ''))].join(by)
}

function table(columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return `${[line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}
