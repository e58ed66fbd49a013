import type { Catalogue, Clock, PriceComponent, PriceRule } from '@halftone/contracts'
import { leadingComponent } from '@halftone/price-book'
import type { Logger } from '@halftone/service-kit'
import { z } from 'zod'
import { fetchFeed, parseFeed } from './fetch-feed.ts'
import type { PriceSource } from './source.ts'

// a negative amount is readable; that it is nonsense is for the guards to say
const amountSchema = z.string().regex(/^-?\d+(\.\d+)?$/)
const readingSchema = z.object({
  rule_id: z.string(),
  unit: z.enum([
    'image',
    'megapixel',
    'first_megapixel',
    '1k_masked_pixels',
    '1m_image_out_tokens',
    '1m_text_out_tokens',
  ]),
  amount_usd: amountSchema,
  changed_at: z.iso.datetime().optional(),
  extra: z
    .object({
      text_in_usd_per_1m: amountSchema,
      image_in_usd_per_1m: amountSchema,
      text_out_usd_per_1m: amountSchema,
    })
    .partial()
    .optional(),
  /** Beside a `first_megapixel`: every further one, of input pictures too. */
  next_megapixel_usd: amountSchema.optional(),
})
type Reading = z.infer<typeof readingSchema>
const feedSchema = z.object({ catalogue: z.string(), rules: z.array(z.unknown()) })

const kindOfUnit = {
  image: 'per_image',
  megapixel: 'per_megapixel',
  first_megapixel: 'per_megapixel',
  '1k_masked_pixels': 'per_1k_masked_pixels',
  '1m_image_out_tokens': 'per_token',
  '1m_text_out_tokens': 'per_token',
} as const satisfies Record<Reading['unit'], PriceComponent['kind']>

export const simulatorSourceId = 'simulator'

/**
 * The simulator's price list. It names amounts only, so each reading is laid over the catalogue's rule of the same
 * id; rows that fit no rule are told once and ignored.
 */
export function createSimulatorSource(options: {
  url: string
  catalogue: Catalogue
  intervalMs: number
  now: Clock
  log: Logger
}): PriceSource {
  const shipped = new Map(options.catalogue.rules.map((rule) => [rule.id, rule]))
  const told = new Set<string>()
  const tellOnce = (row: unknown, reason: string) => {
    const key = `${JSON.stringify(row)} ${reason}`
    if (told.has(key)) return
    told.add(key)
    options.log.warn({ source: simulatorSourceId, row }, reason)
  }
  const toRule = (row: unknown, observedAt: string): PriceRule | null => {
    const { data: reading } = readingSchema.safeParse(row)
    if (!reading) {
      tellOnce(row, 'a row of the price list cannot be read')
      return null
    }
    const base = shipped.get(reading.rule_id)
    const rule = base && layOver(base, reading, observedAt)
    if (!rule) {
      const reason = base ? 'the rule is priced by another unit' : 'the catalogue has no such rule'
      tellOnce(reading.rule_id, reason)
      return null
    }
    return rule
  }

  return {
    id: simulatorSourceId,
    role: 'authority',
    providers: [...new Set(options.catalogue.rules.map(({ provider }) => provider))],
    intervalMs: options.intervalMs,
    async poll(previousEtag) {
      const fetched = await fetchFeed(`${options.url}/prices`, {
        etag: previousEtag,
        timeoutMs: 10_000,
        bytesMax: 5_000_000,
      })
      if (fetched.kind === 'unchanged') return fetched
      const feed = feedSchema.parse(parseFeed(fetched.text))
      if (feed.catalogue !== options.catalogue.name)
        throw new Error(`the simulator serves the catalogue ${feed.catalogue}, not ${options.catalogue.name}`)
      const observedAt = new Date(options.now()).toISOString()
      const rules = feed.rules.map((row) => toRule(row, observedAt)).filter((rule) => rule !== null)
      return { kind: 'rules', rules, etag: fetched.etag }
    },
  }
}

/** null: the unit is not the one that the rule is priced by. */
function layOver(base: PriceRule, reading: Reading, observedAt: string): PriceRule | null {
  const leading = leadingComponent(base)
  if (leading?.kind !== kindOfUnit[reading.unit]) return null
  const amountOf = (component: PriceComponent): string | null => {
    if (reading.unit === 'first_megapixel') return reading.next_megapixel_usd ?? component.amount
    if (component === leading) return reading.amount_usd
    if (component.kind !== 'per_token') return component.amount
    if (component.stream === 'text_in') return reading.extra?.text_in_usd_per_1m ?? component.amount
    if (component.stream === 'image_in') return reading.extra?.image_in_usd_per_1m ?? component.amount
    return reading.extra?.text_out_usd_per_1m ?? component.amount
  }
  const withAmount = (component: PriceComponent): PriceComponent => {
    const priced = { ...component, amount: amountOf(component) }
    const leads = component === leading && reading.unit === 'first_megapixel'
    return leads && priced.kind === 'per_megapixel' ? { ...priced, first_amount: reading.amount_usd } : priced
  }
  return {
    ...base,
    status: base.status === 'unknown' ? 'known' : base.status,
    components: base.components.map(withAmount),
    observed_at: observedAt,
    // a call that began after the change is owed at the new price, even if we heard of it later
    valid: reading.changed_at ? { from: reading.changed_at, until: null } : base.valid,
    source: { kind: 'provider_price_api', id: simulatorSourceId },
    confidence: 0.9,
  }
}
