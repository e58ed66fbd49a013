import type { PriceRule } from '@halftone/contracts'

/** A flat price per image, as a catalogue ships it. */
export function perImage(id: string, amount: string | null, fields: Partial<PriceRule> = {}): PriceRule {
  return {
    id,
    provider: 'replicate',
    model: 'flux',
    model_version: null,
    operation: 'generate',
    match: { size: { kind: 'any' }, quality: null, modes: ['standard'], steps: null, region: null },
    status: amount === null ? 'unknown' : 'known',
    currency: 'USD',
    components: [{ kind: 'per_image', amount, count: 'output' }],
    modifiers: [],
    bounds: { min: null, max: null, per: 'request' },
    limits: {},
    charge_on: { refused_before: 'free', refused_after: 'free', failed: 'free', cancelled: 'free' },
    valid: { from: null, until: null },
    observed_at: '2026-11-01',
    retires_on: null,
    source: { kind: 'provider_docs', id: 'price page' },
    confidence: 0.8,
    ...fields,
  }
}

/** The same as a live feed says it. */
export function fromFeed(id: string, amount: string | null, fields: Partial<PriceRule> = {}): PriceRule {
  return perImage(id, amount, {
    observed_at: '2026-11-22T10:00:00.000Z',
    source: { kind: 'provider_price_api', id: 'feed' },
    confidence: 0.9,
    ...fields,
  })
}
