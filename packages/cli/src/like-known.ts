import { type ModelSpec, modelKey, type PriceRule, type Sizes } from '@halftone/contracts'
import { usageFailure } from './failure.ts'

/** What a price feed says of a model: its prices, and no word of what it can do. */
export interface Discovered {
  at: string
  detail: { model: string; source: string; retires_on: string | null; rules: PriceRule[] }
}

/** A model that is taken to do what a known one does, reached by the fields of `wire`. */
export function likeKnown(
  known: ModelSpec,
  { at, detail }: Discovered,
  wire: Record<string, string>,
  today: string,
): ModelSpec {
  const slash = detail.model.indexOf('/')
  const [provider, model] = [detail.model.slice(0, slash), detail.model.slice(slash + 1)]
  return {
    ...known,
    provider,
    model,
    wire: wireOf(known, provider, wire),
    retires_on: detail.retires_on?.slice(0, 10) ?? null,
    as_of: today,
    sources: [
      `Listed with its prices by ${detail.source}, seen ${at}`,
      `What it can do, its quality and its latency: assumed to be those of ${modelKey(known)}, unchecked`,
    ],
  }
}

/** Another provider's fields mean nothing; the same fields would call, and pay for, the known model itself. */
function wireOf(known: ModelSpec, provider: string, changes: Record<string, string>): Record<string, string> {
  if (provider !== known.provider) return changes
  const wire = { ...known.wire, ...changes }
  const names = Object.keys(known.wire)
  const same = names.every((name) => wire[name] === known.wire[name])
  if (names.length > 0 && same)
    throw usageFailure(
      `these wire fields reach ${modelKey(known)} itself: ${wireWords(known.wire)}`,
      'say what differs, each with --wire name=value',
    )
  return wire
}

/** Everything that nobody said of the new model, as name and value. */
export function assumptions(spec: ModelSpec): [string, string][] {
  const operations = Object.entries(spec.operations).map(([name, operation]): [string, string] => [
    name,
    [
      sizeWords(operation.sizes),
      `up to ${operation.n_max} at once`,
      operation.edit_kinds?.join(' '),
      operation.mask === 'none' ? null : `mask ${operation.mask}`,
    ]
      .filter(Boolean)
      .join('; '),
  ])
  const { steps, latency_hint_ms: latency } = spec
  return [
    ...operations,
    ['qualities', spec.qualities.join(' ') || 'none'],
    ['steps', steps ? `${steps.min} to ${steps.max}` : 'none'],
    ['seed', spec.seed ? 'yes' : 'no'],
    ['modes', spec.modes.join(' ')],
    ['formats', spec.formats.join(' ')],
    ['prompt', `up to ${spec.prompt_max_chars} characters`],
    ['latency', `${latency.p50} ms, 95 % within ${latency.p95} ms`],
    ['quality', `${spec.quality_default}, and by content type`],
    ['wire', wireWords(spec.wire)],
  ]
}

/** Operations that the known model does and none of the prices is for: nobody is sent there for them. */
export function unpriced({ operations }: ModelSpec, rules: readonly PriceRule[]): string[] {
  const priced = new Set(rules.map(({ operation }) => operation))
  return Object.entries(operations).flatMap(([name, { edit_kinds = [], by }]) => {
    const served = [
      name,
      ...(name === 'edit' ? edit_kinds : []),
      ...(by === 'reference_edit' ? ['edit'] : []),
    ]
    return served.some((operation) => priced.has(operation)) ? [] : [name]
  })
}

function sizeWords(sizes: Sizes): string {
  switch (sizes.kind) {
    case 'list':
      return sizes.list.join(' ')
    case 'range':
      return `edges of ${sizes.min_edge} to ${sizes.max_edge} in steps of ${sizes.multiple_of}`
    case 'same_as_input':
      return 'the size of the picture sent'
  }
}

function wireWords(wire: Record<string, string>): string {
  const fields = Object.entries(wire).map(([name, value]) => `${name}=${value}`)
  return fields.join(' ') || 'no field: it is called by its name'
}
