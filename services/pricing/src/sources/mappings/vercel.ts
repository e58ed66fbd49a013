import type { FeedMapping } from '../mapping.ts'

const tiers = 'pricing.image_dimension_quality_pricing'
const perMillion = { kind: 'per_token', per: 1_000_000, estimate: null } as const

/** Vercel's AI gateway, dollars as strings. `{}` says that nobody put a price in, not that there is none to pay. */
export const vercel: FeedMapping = {
  id: 'vercel',
  kind: 'provider_price_api',
  confidence: 0.9,
  rows: ['data', { each: true }],
  when: [{ at: 'tags', holds: 'image-generation' }],
  provider: '=vercel',
  model: 'id',
  prices: [
    { at: 'pricing.image', component: { kind: 'per_image', count: 'output' }, shift: 0 },
    {
      at: `${tiers}.*.cost`,
      component: { kind: 'per_image', count: 'output' },
      shift: 0,
      size: './size',
      quality: './quality',
      // tiers by style or operation are of no request that we make
      when: [
        { at: './style', exists: false },
        { at: './operation', exists: false },
      ],
    },
    {
      at: 'pricing.output',
      component: { ...perMillion, stream: 'image_out' },
      shift: 6,
      when: [
        { at: 'type', is: 'image' },
        { at: 'pricing.image', exists: false },
        { at: tiers, exists: false },
      ],
    },
  ],
  extras: [{ at: 'pricing.input', component: { ...perMillion, stream: 'text_in' }, shift: 6 }],
  unpriced: 'unknown',
}
