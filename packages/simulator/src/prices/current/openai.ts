import type { PriceRow } from '../table.ts'

/** Priced by tokens: the amount is the image output rate, `extra` the two input rates. */
function perToken(model: string, imageOut: string, textIn: string, imageIn: string): PriceRow[] {
  return ['generate', 'edit'].map((operation) => ({
    rule_id: `cur:openai/${model}/${operation}`,
    provider: 'openai',
    model,
    operation,
    size: null,
    quality: null,
    unit: '1m_image_out_tokens',
    amount_usd: imageOut,
    extra: { text_in_usd_per_1m: textIn, image_in_usd_per_1m: imageIn },
  }))
}

export const openaiPrices: PriceRow[] = [
  ...perToken('gpt-image-1-mini', '8', '2', '2.50'),
  ...perToken('gpt-image-1.5', '32', '5', '8'),
  ...perToken('gpt-image-2', '30', '5', '8'),
  ...perToken('gpt-image-2.5-flare', '30', '5', '8'),
  ...perToken('gpt-image-2.5-sunburst', '30', '5', '8'),
]
