import type { FeedMapping, PriceLine } from '../mapping.ts'

/** Cents per hundred million tokens, as its documents are remembered; the guards' bands stand behind that. */
const line = (at: string, stream: 'image_out' | 'text_in' | 'image_in'): PriceLine => ({
  ...{ at, shift: -4 },
  component: { kind: 'per_token', stream, per: 1_000_000, estimate: null },
})

/** xAI's own list of image models. */
export const xai: FeedMapping = {
  id: 'xai',
  kind: 'provider_price_api',
  confidence: 0.9,
  rows: ['models', { each: true }],
  provider: '=xai',
  model: 'id',
  prices: [line('generated_image_token_price', 'image_out')],
  extras: [line('prompt_text_token_price', 'text_in'), line('prompt_image_token_price', 'image_in')],
  unpriced: 'unknown',
}
