import { z } from 'zod'

/** An exact decimal string in the rule's currency; null = not known, "0" = really free. */
const amount = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .nullable()
const decimal = z.string().regex(/^\d+(\.\d+)?$/)

export const priceModeSchema = z.enum(['standard', 'turbo', 'lcm', 'batch'])
export type PriceMode = z.infer<typeof priceModeSchema>

const when = z
  .strictObject({
    mode: priceModeSchema,
    quality: z.string(),
    batch: z.boolean(),
    mask_template: z.enum(['predefined', 'freehand']),
  })
  .partial()

export const tokenStreams = [
  'text_in',
  'image_in',
  'cached_text_in',
  'cached_image_in',
  'text_out',
  'image_out',
  'reasoning_out',
] as const
export type TokenStream = (typeof tokenStreams)[number]

/**
 * Tokens of a call by quality, then by size ("1024x1024"); the key "any" stands for every one. For `text_in` it is what
 * comes on top of the prompt, for `image_in` what each input picture has. `most`: what a call cannot exceed, where that
 * is more than the estimate.
 */
const tokenTable = z.strictObject({
  tokens: z.record(z.string(), z.record(z.string(), z.int())),
  most: z.int().optional(),
})

export const componentSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('per_image'), amount, count: z.enum(['output', 'input', 'reference']) }),
  z.strictObject({ kind: z.literal('per_request'), amount }),
  z.strictObject({
    kind: z.literal('per_megapixel'),
    amount,
    first_amount: amount.optional(),
    of: z.enum(['output', 'input']),
    mp_pixels: z.union([z.literal(1_000_000), z.literal(1_048_576)]),
    round: z.enum(['none', 'ceil', 'nearest']),
    scope: z.enum(['each', 'total']),
    min_mp: z.number().optional(),
    cap_mp: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal('per_step'), amount, scale: z.enum(['none', 'mp_1048576']) }),
  z.strictObject({
    kind: z.literal('per_1k_masked_pixels'),
    amount,
    per: z.int().min(1),
    round: z.enum(['none', 'ceil']),
    min: amount,
    max: amount,
  }),
  z.strictObject({
    kind: z.literal('per_token'),
    stream: z.enum(tokenStreams),
    amount,
    per: z.int().min(1),
    estimate: z
      .union([tokenTable, z.literal('gpt-image-2')])
      .nullable()
      .optional(),
  }),
  z.strictObject({
    kind: z.literal('per_second'),
    amount,
    clock: z.enum(['predict', 'gpu', 'wall']),
    hardware: z.string().optional(),
    estimate_seconds: z.object({ p50: z.number(), p95: z.number() }).partial(),
  }),
])
export type PriceComponent = z.infer<typeof componentSchema>

export const modifierSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('multiply'), factor: decimal, when }),
  z.strictObject({ kind: z.literal('batch_discount'), percent_off: decimal, when }),
  z.strictObject({ kind: z.literal('steps_ratio'), default_steps: z.int(), only_above: z.boolean() }),
])
export type PriceModifier = z.infer<typeof modifierSchema>

const charge = z.enum(['free', 'full', 'input_only', 'elapsed', 'unknown'])

export const sizeMatchSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('any') }),
  z.strictObject({ kind: z.literal('exact'), width: z.int(), height: z.int() }),
  z.strictObject({ kind: z.literal('within'), max_width: z.int(), max_height: z.int() }),
  z.strictObject({ kind: z.literal('max_pixels'), max_pixels: z.int() }),
  z.strictObject({ kind: z.literal('label'), label: z.string(), width: z.int(), height: z.int() }),
])

/** What one provider asks for one kind of request. Amounts are exact decimals; sums are rounded once, half up. */
export const priceRuleSchema = z.strictObject({
  id: z.string().min(1).max(200),
  provider: z.string(),
  model: z.string(),
  model_version: z.string().nullable(),
  /** `generate`, `edit`, `variation`, or an edit kind such as `inpaint`, which is narrower than `edit`. */
  operation: z.string(),
  match: z.strictObject({
    size: sizeMatchSchema,
    quality: z.string().nullable(),
    modes: z.array(priceModeSchema),
    steps: z.strictObject({ min: z.int().optional(), max: z.int().optional() }).nullable(),
    region: z.string().nullable(),
  }),
  status: z.enum(['known', 'unknown', 'free', 'retired']),
  currency: z.string(),
  /** Added up; any null amount makes the whole quote unknown. */
  components: z.array(componentSchema),
  /** Applied to the sum, in order. */
  modifiers: z.array(modifierSchema),
  bounds: z.strictObject({ min: amount, max: amount, per: z.enum(['request', 'image']) }),
  limits: z.strictObject({ max_width: z.int(), max_height: z.int(), max_n: z.int() }).partial(),
  charge_on: z.strictObject({
    refused_before: charge,
    refused_after: charge,
    failed: charge,
    cancelled: charge,
  }),
  valid: z.strictObject({ from: z.string().nullable(), until: z.string().nullable() }),
  observed_at: z.string().nullable(),
  retires_on: z.string().nullable(),
  source: z.strictObject({
    kind: z.enum([
      'reference_document',
      'provider_response',
      'provider_price_api',
      'provider_docs',
      'reseller_api',
      'curated_repo',
      'operator_override',
      'interpolated',
      'example',
    ]),
    id: z.string(),
    locator: z.string().nullable().optional(),
    raw_sha256: z.string().optional(),
  }),
  confidence: z.number().min(0).max(1),
  latency_hint_ms: z.int().optional(),
  reference_note: z.string().optional(),
})
export type PriceRule = z.infer<typeof priceRuleSchema>

/** A rule as the price book holds it: `version` rises by one with every change of any rule. */
export interface BookedRule {
  version: number
  rule: PriceRule
}

/** What a price rule is asked about. Snake case: outside checks call `quoteRule` with it. */
export interface QuoteRequest {
  width: number
  height: number
  n: number
  mode?: PriceMode
  quality?: string
  steps?: number
  masked_pixels?: number
  mask_template?: 'predefined' | 'freehand'
  batch?: boolean
  tokens?: Partial<Record<TokenStream, number>>
  input_images?: { width: number; height: number }[]
  reference_images?: { width: number; height: number }[]
  seconds?: number
  prompt_chars?: number
}

export type Quote =
  | { status: 'known'; nano_usd: bigint }
  | { status: 'unknown' | 'ineligible'; reason: string }
