import {
  type BookedRule,
  type Catalogue,
  type ImageRequest,
  type ModelSpec,
  modelKey,
  type PriceRule,
  toUsd,
} from '@halftone/contracts'
import type { NewPriceEvent } from '@halftone/ledger'
import { createPriceBook } from '@halftone/price-book'
import { withEstimates } from './adopt-places.ts'

/**
 * Where a source that sets no prices says another price than the book, by more than 2 %: both readings, for one picture of
 * each size and quality that either knows. Readings of models that the catalogue lacks are nobody's price.
 */
export function compareReadings(options: {
  source: string
  readings: readonly PriceRule[]
  book: readonly BookedRule[]
  catalogue: Catalogue
  now: number
}): NewPriceEvent[] {
  const ours = Map.groupBy(options.book, ({ rule }) => modelKey(rule))
  const theirs = Map.groupBy(options.readings, modelKey)
  return options.catalogue.models.flatMap((spec) => {
    const key = modelKey(spec)
    const [booked, said] = [ours.get(key), theirs.get(key)]
    if (!booked || !said) return []
    const components = booked.flatMap(({ rule }) => rule.components)
    const comparable = said.map((rule) => ({
      version: 0,
      rule: { ...rule, components: withEstimates(rule.components, components) },
    }))
    return disagreements(spec, booked, comparable, options)
  })
}

function disagreements(
  spec: ModelSpec,
  booked: BookedRule[],
  said: BookedRule[],
  { source, now }: { source: string; now: number },
): NewPriceEvent[] {
  const key = modelKey(spec)
  const [ours, theirs] = [booked, said].map(
    (rules) => createPriceBook(new Map([[key, rules]]), () => now).priceOf,
  )
  const events: NewPriceEvent[] = []
  for (const request of probes(spec, [...booked, ...said]))
    for (const quality of spec.qualities.length > 0 ? spec.qualities : [null]) {
      const [our, their] = [ours!(spec, request, quality), theirs!(spec, request, quality)]
      if (our.cost === null || their.cost === null || !farApart(our.cost, their.cost)) continue
      const size = `${request.width}x${request.height}`
      events.push({
        kind: 'price.disagreement',
        key: `${source} ${their.ruleId} ${quality} ${size} ${our.cost} ${their.cost}`,
        detail: {
          ...{ provider: spec.provider, model: spec.model, operation: our.operation, size, quality, source },
          ...{ rule_id: our.ruleId, version: our.priceVersion, reading_id: their.ruleId },
          ...{ usd: toUsd(our.cost), source_usd: toUsd(their.cost) },
        },
      })
    }
  return events
}

function farApart(one: bigint, other: bigint): boolean {
  const [less, more] = one < other ? [one, other] : [other, one]
  return (more - less) * 50n > less
}

/** One picture of each size that a rule names, for each operation that has a price. */
function probes(spec: ModelSpec, rules: readonly BookedRule[]): ImageRequest[] {
  const sizes = new Map([['1024x1024', { width: 1024, height: 1024 }]])
  for (const { rule } of rules)
    if (rule.match.size.kind === 'exact' || rule.match.size.kind === 'label') {
      const { width, height } = rule.match.size
      sizes.set(`${width}x${height}`, { width, height })
    }
  const operations = new Set(rules.map(({ rule }) => rule.operation))
  return [...operations].flatMap((operation) =>
    [...sizes.values()].map((size) => probe(spec, operation, size)),
  )
}

function probe(spec: ModelSpec, operation: string, size: { width: number; height: number }): ImageRequest {
  const plain = operation === 'generate' || operation === 'variation'
  const image = { fileId: '', sha256: '', ...size, format: 'png' as const }
  return {
    operation: plain ? operation : 'edit',
    ...{
      prompt: '',
      ...size,
      n: 1,
      steps: spec.steps?.default ?? null,
      quality: 'auto',
      format: null,
      seed: null,
    },
    mode: 'standard',
    editKind: plain || operation === 'edit' ? null : operation,
    images: operation === 'generate' ? [] : [image],
    ...{ mask: null, maskTemplate: null },
  }
}
