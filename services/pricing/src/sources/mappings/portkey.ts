import type { FeedMapping, PriceLine } from '../mapping.ts'
import { portkeyNames } from '../names.ts'

const price = 'pricing_config.pay_as_you_go'
const unit = (name: string) => `${price}.additional_units.${name}.price`
/** Cents per token to dollars per million. */
const tokens = (at: string, stream: 'image_out' | 'text_in' | 'image_in' | 'cached_text_in'): PriceLine => ({
  ...{ at: `${price}.${at}.price`, shift: 4, skipZero: true },
  component: { kind: 'per_token', stream, per: 1_000_000, estimate: null },
})

/**
 * Portkey's models, all providers in one object. Cents, as its README says; where a file holds dollars the guards see
 * prices below any. Most rows price no picture, and a zero for tokens says only that there are none.
 */
export const portkey: FeedMapping = {
  id: 'portkey',
  kind: 'curated_repo',
  confidence: 0.6,
  names: portkeyNames,
  rows: [
    { each: true, key: 'provider' },
    { each: true, key: 'model' },
  ],
  when: [{ at: price, exists: true }],
  provider: '$provider',
  model: '$model',
  prices: [
    {
      at: `${price}.image.*quality.*size.price`,
      component: { kind: 'per_image', count: 'output' },
      shift: -2,
      size: '$size',
      quality: '$quality',
    },
    { at: unit('generated_images'), component: { kind: 'per_image', count: 'output' }, shift: -2 },
    { at: unit('image_1k'), component: { kind: 'per_image', count: 'output' }, shift: -2, size: '=1k' },
    {
      at: unit('megapixels'),
      component: { kind: 'per_megapixel', of: 'output', mp_pixels: 1_000_000, round: 'none', scope: 'each' },
      shift: -2,
    },
    {
      at: unit('image_token'),
      component: { kind: 'per_token', stream: 'image_out', per: 1_000_000, estimate: null },
      shift: 4,
    },
    // where pictures have a table of prices it stands for the tokens
    { ...tokens('response_image_token', 'image_out'), when: [{ at: `${price}.image`, exists: false }] },
  ],
  extras: [
    tokens('request_token', 'text_in'),
    tokens('request_image_token', 'image_in'),
    tokens('cache_read_input_token', 'cached_text_in'),
    { at: unit('input_image'), component: { kind: 'per_image', count: 'input' }, shift: -2, skipZero: true },
  ],
  stepsRatio: { defaultSteps: unit('default_steps') },
  unpriced: 'skip',
}
