import type { PriceComponent, PriceRule } from '@halftone/contracts'
import { shift, toDecimal } from '../decimal.ts'
import {
  exactSize,
  feedRule,
  labelEdges,
  labelSize,
  type Origin,
  perImage,
  type Reading,
  toDay,
} from './feed-rule.ts'
import type { JsonFeed } from './json-feed.ts'
import type { FeedMapping, PriceLine } from './mapping.ts'
import { ourName } from './names.ts'
import { holds, isObject, type Place, textOf, valueAt, walk } from './walk.ts'

type Tier = Pick<Reading, 'size' | 'quality'> & { component: PriceComponent; isDefault: boolean }
/** All that the rows of a feed say of one model: some feeds give each line a row of its own. */
interface Told {
  reading: Reading
  tiers: Tier[]
  extras: PriceComponent[]
}

export function mappedFeed(mapping: FeedMapping): JsonFeed {
  const { kind, confidence, next } = mapping
  return {
    ...{ kind, confidence },
    read: (answer, origin) => mappedRules(answer, mapping, origin),
    next: (answer) => (next ? valueAt(next, { value: answer, holder: null, keys: {} }) : null),
  }
}

/** Reads a feed's answer by its mapping. Throws if it is not that feed; what is not understood is unknown, or left out. */
export function mappedRules(feed: unknown, mapping: FeedMapping, origin: Origin): PriceRule[] {
  const rows = rowsOf(feed, mapping)
  if (rows.length === 0) throw new Error(`the source's answer has no rows where ${mapping.id} has them`)
  const { mustHave } = mapping
  if (mustHave && !rows.some((row) => valueAt(mustHave.at, row) !== undefined))
    throw new Error(mustHave.otherwise)
  const told = new Map<string, Told>()
  for (const row of rows) if (holds(mapping.when, row)) take(row, mapping, origin, told)
  return [...told.values()].flatMap((model) => rulesOf(model, mapping, origin))
}

function rowsOf(feed: unknown, mapping: FeedMapping): Place[] {
  let places: Place[] = [{ value: feed, holder: null, keys: {} }]
  for (const step of mapping.rows)
    places = places.flatMap((place) => {
      if (typeof step === 'string') return walk(place, step)
      return walk(place, `*${step.key ?? ''}`).map((member) => {
        const kept = Object.entries(step.keep ?? {}).map(([name, path]) => [
          name,
          String(valueAt(path, member)),
        ])
        return { ...member, keys: { ...member.keys, ...Object.fromEntries(kept) } }
      })
    })
  return places.filter(({ value }) => isObject(value))
}

function take(whole: Place, mapping: FeedMapping, origin: Origin, told: Map<string, Told>): void {
  const row = mapping.dated ? atDate(whole, mapping.dated, origin.observedAt) : whole
  const [provider, model] = [textOf(mapping.provider, row), textOf(mapping.model, row)]
  if (!provider || !model) return
  const named = ourName(mapping.names ?? {}, { provider, model, operation: mapping.operation ?? 'generate' })
  const currency = mapping.currency ? String(valueAt(mapping.currency, row)) : 'USD'
  const reading: Reading = {
    ...{ ...named, currency, components: [] },
    validFrom: mapping.validFrom ? toDay(valueAt(mapping.validFrom, row)) : null,
    retiresOn: mapping.retiresOn ? toDay(valueAt(mapping.retiresOn, row)) : null,
    modifiers: modifiersOf(row, mapping),
  }
  const key = `${named.provider}/${named.model}`
  const known = told.get(key) ?? { reading, tiers: [], extras: [] }
  told.set(key, known)
  known.tiers.push(...mapping.prices.flatMap((line) => tiersOf(line, row)))
  known.extras.push(
    ...(mapping.extras ?? []).flatMap((line) => tiersOf(line, row).map((tier) => tier.component)),
  )
}

function tiersOf(line: PriceLine, row: Place): Tier[] {
  return walk(row, line.at).flatMap((place) => {
    const written = toDecimal(place.value)
    if (!holds(line.when, row, place) || (line.skipZero && written === '0')) return []
    const sizeText = line.size ? textOf(line.size, row, place) : null
    const size = sizeOf(sizeText)
    if (!size) return []
    const quality = line.quality ? textOf(line.quality, row, place) : null
    const more = line.shiftBy ? line.shiftBy.table[String(valueAt(line.shiftBy.at, row, place))] : 0
    const amount = written === null || more === undefined ? null : shift(written, line.shift + more)
    const tier = { size, quality: quality === 'default' ? null : quality, isDefault: sizeText === 'default' }
    return [{ ...tier, component: withAmount(line.component, amount) }]
  })
}

function withAmount(component: PriceLine['component'], amount: string | null): PriceComponent {
  // "it depends", as some write a negative price
  return { ...component, amount: amount?.startsWith('-') ? null : amount }
}

function sizeOf(text: string | null): Reading['size'] | null {
  return text === null || text === 'default' ? { kind: 'any' } : (exactSize(text) ?? labelSize(text))
}

function rulesOf({ reading, tiers, extras }: Told, mapping: FeedMapping, origin: Origin): PriceRule[] {
  if (tiers.length === 0)
    return mapping.unpriced === 'skip' ? [] : [feedRule(origin, { ...reading, components: [perImage(null)] })]
  const labels = tiers.flatMap(({ size }) => (size?.kind === 'label' ? [size.label] : []))
  return tiers.map(({ component, isDefault, ...tier }) => {
    const size = isDefault && labels.length > 0 ? below(labels) : tier.size
    return feedRule(origin, { ...reading, ...tier, size, components: [component, ...extras] })
  })
}

/** Where larger sizes have labels of their own, the default ends below them. */
function below(labels: string[]): Reading['size'] {
  const edge = Math.min(...labels.map((label) => labelEdges[label] ?? Number.POSITIVE_INFINITY))
  return { kind: 'max_pixels', max_pixels: (edge / 2) ** 2 }
}

function modifiersOf(row: Place, { stepsRatio }: FeedMapping): PriceRule['modifiers'] {
  const steps = stepsRatio ? Number(valueAt(stepsRatio.defaultSteps, row)) : Number.NaN
  return Number.isInteger(steps) && steps > 0
    ? [{ kind: 'steps_ratio', default_steps: steps, only_above: false }]
    : []
}

/**
 * Of a list of prices, each with the day it starts, the last that has started. A price for some hours of the day is no
 * price for all of them, so a row of such is left as it is: nothing in it is found.
 */
function atDate(row: Place, path: string, now: string): Place {
  const list = valueAt(path, row)
  if (!Array.isArray(list) || !isObject(row.value)) return row
  const today = toDay(now) ?? ''
  const started = list.filter(isObject).flatMap(({ constraint, prices }) => {
    const from = isObject(constraint) ? toDay(constraint.start_date) : ''
    return from !== null && from <= today ? [{ from, prices }] : []
  })
  const last = started.toSorted((one, other) => one.from.localeCompare(other.from)).at(-1)
  return { ...row, value: { ...row.value, [path]: last?.prices } }
}
