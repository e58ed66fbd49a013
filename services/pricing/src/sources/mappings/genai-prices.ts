import type { FeedMapping, PriceLine } from '../mapping.ts'

type Stream = Extract<PriceLine['component'], { kind: 'per_token' }>['stream']
const tokens = (field: string, stream: Stream, when: PriceLine['when'] = []): PriceLine => ({
  ...{ at: `prices.${field}`, shift: 0, when },
  component: { kind: 'per_token', stream, per: 1_000_000, estimate: null },
})
const imageApi = { at: 'id', matches: '^gpt-image-' }
const noImageRate = { at: 'prices.output_image_mtok', exists: false }

/**
 * genai-prices, dollars per million tokens. The feed of its first version answers for ever and stands still: it gives
 * every output one rate, so it has no row with an image rate of its own.
 */
export const genaiPrices: FeedMapping = {
  id: 'genai-prices',
  kind: 'curated_repo',
  confidence: 0.6,
  rows: [{ each: true, keep: { provider: 'id' } }, 'models', { each: true }],
  when: [{ at: 'id', matches: 'image' }],
  provider: '$provider',
  model: 'id',
  dated: 'prices',
  prices: [
    tokens('output_image_mtok', 'image_out'),
    // all that OpenAI's image API puts out are pictures
    tokens('output_mtok', 'image_out', [imageApi, noImageRate]),
  ],
  extras: [
    tokens('input_mtok', 'text_in'),
    tokens('input_image_mtok', 'image_in'),
    tokens('cache_read_mtok', 'cached_text_in'),
    tokens('cache_image_read_mtok', 'cached_image_in'),
    tokens('output_mtok', 'text_out', [{ at: 'prices.output_image_mtok', exists: true }]),
  ],
  unpriced: 'unknown',
  mustHave: {
    at: 'prices.output_image_mtok',
    otherwise: 'this is the frozen first version of the feed: use prices/new_data/v2/data.json',
  },
}
