import type { FeedMapping, PriceLine } from '../mapping.ts'

const meter = (direction: string, stream: 'image_out' | 'image_in'): PriceLine => ({
  at: 'retailPrice',
  component: { kind: 'per_token', stream, per: 1_000_000, estimate: null },
  shift: 0,
  shiftBy: { at: 'unitOfMeasure', table: { '1': 6, '1K': 3, '1M': 0 } },
  when: [{ at: 'meterName', matches: ` image ${direction} ` }],
})

/** Azure's retail prices: a row a meter, its name free text. Only dollars bind; ask for one region by the address. */
export const azureRetail: FeedMapping = {
  id: 'azure-retail',
  kind: 'provider_price_api',
  confidence: 0.9,
  rows: ['Items', { each: true }],
  when: [
    { at: 'meterName', matches: '^\\S+ image (output|input) global' },
    { at: 'type', is: 'Consumption' },
  ],
  provider: '=azure',
  model: { at: 'meterName', match: '^(\\S+) image ' },
  currency: 'currencyCode',
  validFrom: 'effectiveStartDate',
  prices: [meter('output', 'image_out')],
  extras: [meter('input', 'image_in')],
  unpriced: 'unknown',
  next: 'NextPageLink',
}
