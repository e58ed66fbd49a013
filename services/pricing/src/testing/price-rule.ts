import type { PriceRule } from '@halftone/contracts'
import { sampleRule } from '@halftone/contracts/testing'

/** A flat price per image, as a catalogue ships it. */
export function perImage(id: string, amount: string | null, fields: Partial<PriceRule> = {}): PriceRule {
  return sampleRule(amount, {
    id,
    status: amount === null ? 'unknown' : 'known',
    observed_at: '2026-11-01',
    source: { kind: 'provider_docs', id: 'price page' },
    confidence: 0.8,
    ...fields,
  })
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
