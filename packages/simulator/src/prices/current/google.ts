import type { PriceRow } from '../table.ts'

/** By tokens: the amount is the rate of picture output; text and pictures that go in cost the same. */
function perToken(model: string, input: string, textOut: string, imageOut: string): PriceRow[] {
  return ['generate', 'edit'].map((operation) => ({
    rule_id: `cur:google/${model}/${operation}`,
    provider: 'google',
    model,
    operation,
    size: null,
    quality: null,
    unit: '1m_image_out_tokens',
    amount_usd: imageOut,
    extra: { text_in_usd_per_1m: input, image_in_usd_per_1m: input, text_out_usd_per_1m: textOut },
  }))
}

export const googlePrices: PriceRow[] = [
  ...perToken('gemini-nano-banana-2.1', '1.50', '7.50', '30'),
  ...perToken('gemini-3-pro-image', '2', '12', '120'),
  ...perToken('gemini-3.1-flash-lite-image', '0.25', '1.50', '30'),
]
