import type { PriceComponent, PriceRule } from '@halftone/contracts'
import { z } from 'zod'
import { shift, toDecimal } from '../decimal.ts'
import { feedRule, type Origin, perImage, perToken, type Reading, toDay } from './feed-rule.ts'
import { type LitellmKey, parseLitellmKey } from './litellm-key.ts'
import { litellmNames, type Names, ourName } from './names.ts'

const entrySchema = z.looseObject({ litellm_provider: z.string(), mode: z.string() })
type Entry = z.infer<typeof entrySchema>

/** Filed among the image models, and none. */
const notForPictures: readonly string[] = ['deep-research-pro-preview-12-2025']

/**
 * LiteLLM's price map: one object, dollars, the tier in the key; curated by its community. Throws if it is no such map;
 * single entries that make no sense to us are left out.
 */
export function litellmRules(feed: unknown, origin: Origin, names: Names = litellmNames): PriceRule[] {
  const entries = z.record(z.string(), z.unknown()).parse(feed)
  return Object.entries(entries).flatMap(([key, value]) => {
    const { data: entry } = entrySchema.safeParse(value)
    if (!entry || !/^image_(generation|edit)$/.test(entry.mode)) return []
    const parsed = parseLitellmKey(key)
    if (notForPictures.includes(parsed.model) || isGuessAtQuality(parsed)) return []
    return readings(parsed, entry).map((reading) => feedRule(origin, ourName(names, reading)))
  })
}

/**
 * `standard/…` and keys without a quality repeat the cheapest tier of gpt-image models, while a caller who asks for none
 * gets a dearer one. DALL-E really has a standard quality.
 */
function isGuessAtQuality({ model, quality, size }: LitellmKey): boolean {
  return model.includes('gpt-image') && (quality === 'standard' || (quality === null && size !== null))
}

function readings(key: LitellmKey, entry: Entry): Reading[] {
  const endpoints = Array.isArray(entry.supported_endpoints) ? entry.supported_endpoints : []
  const base: Reading = {
    provider: entry.litellm_provider,
    model: key.model,
    operation: entry.mode === 'image_edit' ? 'edit' : 'generate',
    size: key.size ?? { kind: 'any' },
    quality: key.quality,
    steps: key.steps,
    retiresOn: toDay(entry.deprecation_date),
    locator: typeof entry.source === 'string' ? entry.source : null,
    components: [],
  }
  const tokens = tokenComponents(entry, '')
  if (tokens) {
    const batch = tokenComponents(entry, '_batches')
    const generate = [
      { ...base, components: tokens },
      ...(batch ? [{ ...base, modes: ['batch' as const], components: batch }] : []),
    ]
    const edits = base.operation === 'generate' && endpoints.includes('/v1/images/edits')
    return edits ? [...generate, ...generate.map((reading) => ({ ...reading, operation: 'edit' }))] : generate
  }
  return [...sized({ ...base, components: imageComponents(entry) }, entry), ...premium(base, entry)]
}

const field = (entry: Entry, name: string) => toDecimal(entry[name])

const streams = [
  ['image_out', 'output_cost_per_image_token'],
  ['text_in', 'input_cost_per_token'],
  ['image_in', 'input_cost_per_image_token'],
  ['cached_text_in', 'cache_read_input_token_cost'],
  ['cached_image_in', 'cache_read_input_image_token_cost'],
  ['text_out', 'output_cost_per_token'],
  ['reasoning_out', 'output_cost_per_reasoning_token'],
] as const

/** null: it is not priced by the tokens of its pictures. Where a price per picture stands beside it, its size is not said. */
function tokenComponents(entry: Entry, suffix: '' | '_batches'): PriceComponent[] | null {
  if (suffix === '' && !Object.keys(entry).some((name) => /cost_per_(image|pixel)/.test(name))) {
    // an image model whose only prices are "per token": prices of pictures or steps under a wrong name, as a rule
    const output = field(entry, 'output_cost_per_token')
    return output === null ? null : [perToken('image_out', shift(output, 6))]
  }
  if (field(entry, `output_cost_per_image_token${suffix}`) === null) return null
  const reference = field(entry, 'input_cost_per_image')
  const tokens = streams.flatMap(([stream, name]) => {
    const amount = field(entry, name + suffix)
    return amount === null ? [] : [perToken(stream, shift(amount, 6))]
  })
  return reference === null ? tokens : [...tokens, perImage(reference, 'input')]
}

/**
 * Price per picture or per pixel. `input_cost_per_image` and `input_cost_per_pixel` are the price of the output, their
 * names notwithstanding, where no output has one.
 */
function imageComponents(entry: Entry): PriceComponent[] {
  const output = field(entry, 'output_cost_per_image')
  const input = field(entry, 'input_cost_per_image')
  if (output !== null) {
    const reference = input !== null && input !== output && input !== '0' ? [perImage(input, 'input')] : []
    return [perImage(output), ...reference]
  }
  if (input !== null) return [perImage(input)]
  const pixel = [field(entry, 'output_cost_per_pixel'), field(entry, 'input_cost_per_pixel')]
  const amount =
    pixel.find((value) => value !== null && value !== '0') ?? pixel.find((value) => value !== null)
  if (amount == null) return []
  const megapixel = { mp_pixels: 1_000_000, round: 'none', scope: 'each' } as const
  return [{ kind: 'per_megapixel', amount: shift(amount, 6), of: 'output', ...megapixel }]
}

const aboveField = /^output_cost_per_image_above_(\d+)_and_(\d+)_pixels(_and_premium_image)?$/

/** Titan's tiers: one price up to a size, another above. */
function sized(base: Reading, entry: Entry): Reading[] {
  const above = Object.keys(entry).flatMap((name) => {
    const [all, width, height, isPremium] = aboveField.exec(name) ?? []
    return all && !isPremium ? [{ name, max_width: Number(width), max_height: Number(height) }] : []
  })[0]
  if (!above) return [base]
  const { name, ...within } = above
  return [
    { ...base, size: { kind: 'within', ...within } },
    { ...base, components: [perImage(field(entry, name))] },
  ]
}

function premium(base: Reading, entry: Entry): Reading[] {
  const amount = field(entry, 'output_cost_per_image_premium_image')
  if (amount === null) return []
  const tiers = Object.fromEntries(
    Object.entries(entry)
      .filter(([name]) => aboveField.exec(name)?.[3])
      .map(([name, value]) => [name.replace('_and_premium_image', ''), value]),
  )
  const tiered: Entry = { litellm_provider: entry.litellm_provider, mode: entry.mode, ...tiers }
  return sized({ ...base, quality: 'premium', components: [perImage(amount)] }, tiered)
}
