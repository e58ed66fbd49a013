import type { ImageRequest } from '../job.ts'
import type { PriceRule } from '../price-rule.ts'

/** A plain square picture; a test changes what it is about. */
export function sampleRequest(change: Partial<ImageRequest> = {}): ImageRequest {
  return {
    operation: 'generate',
    prompt: 'a kite',
    width: 1024,
    height: 1024,
    n: 1,
    steps: null,
    quality: 'auto',
    format: null,
    seed: null,
    mode: 'standard',
    editKind: null,
    images: [],
    mask: null,
    maskTemplate: null,
    ...change,
  }
}

/** A rule that fits any size, by the image; a test says of what and how much. */
export function sampleRule(amount: string | null, change: Partial<PriceRule> = {}): PriceRule {
  return {
    id: 'test',
    provider: 'replicate',
    model: 'flux',
    model_version: null,
    operation: 'generate',
    match: { size: { kind: 'any' }, quality: null, modes: ['standard'], steps: null, region: null },
    status: 'known',
    currency: 'USD',
    components: [{ kind: 'per_image', amount, count: 'output' }],
    modifiers: [],
    bounds: { min: null, max: null, per: 'request' },
    limits: {},
    charge_on: { refused_before: 'free', refused_after: 'free', failed: 'free', cancelled: 'free' },
    valid: { from: null, until: null },
    observed_at: null,
    retires_on: null,
    source: { kind: 'example', id: 'test' },
    confidence: 1,
    ...change,
  }
}
