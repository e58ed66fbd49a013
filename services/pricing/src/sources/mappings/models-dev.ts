import type { FeedMapping } from '../mapping.ts'

/**
 * models.dev, dollars per million tokens. Its one output rate is the text's wherever a model also writes text, so only
 * models that put out nothing but pictures have a price here.
 */
export const modelsDev: FeedMapping = {
  id: 'models-dev',
  kind: 'curated_repo',
  confidence: 0.6,
  rows: [{ each: true, key: 'provider' }, 'models', { each: true, key: 'model' }],
  when: [{ at: 'modalities.output', holds: 'image' }],
  provider: '$provider',
  model: '$model',
  prices: [
    {
      at: 'cost.output',
      component: { kind: 'per_token', stream: 'image_out', per: 1_000_000, estimate: null },
      shift: 0,
      when: [{ at: 'modalities.output', holdsOnly: 'image' }],
    },
  ],
  extras: [
    {
      at: 'cost.input',
      component: { kind: 'per_token', stream: 'text_in', per: 1_000_000, estimate: null },
      shift: 0,
    },
  ],
  unpriced: 'unknown',
}
