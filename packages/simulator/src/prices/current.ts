import type { PriceRow, Provider } from './table.ts'

function perImage(provider: Provider, model: string, operation: string, amountUsd: string): PriceRow {
  const rule_id = `cur:${provider}/${model}/${operation}`
  return {
    rule_id,
    provider,
    model,
    operation,
    size: null,
    quality: null,
    unit: 'image',
    amount_usd: amountUsd,
  }
}

/** A token-priced model: the amount is its image output rate, `extra` its two input rates. */
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

/** List prices of models that are alive in November 2026. One Stability credit is USD 0.01. */
export const currentPrices: PriceRow[] = [
  ...perToken('gpt-image-1-mini', '8', '2', '2.50'),
  ...perToken('gpt-image-1.5', '32', '5', '8'),
  ...perToken('gpt-image-2', '30', '5', '8'),
  ...perToken('gpt-image-2.5-flare', '30', '5', '8'),
  ...perToken('gpt-image-2.5-sunburst', '30', '5', '8'),
  perImage('replicate', 'flux-schnell', 'generate', '0.003'),
  perImage('replicate', 'flux-dev', 'generate', '0.025'),
  perImage('replicate', 'flux-1.1-pro', 'generate', '0.04'),
  perImage('replicate', 'flux-1.1-pro-ultra', 'generate', '0.06'),
  perImage('replicate', 'flux-kontext-pro', 'edit', '0.04'),
  perImage('replicate', 'flux-fill-pro', 'inpaint', '0.05'),
  perImage('stability', 'core', 'generate', '0.03'),
  perImage('stability', 'ultra', 'generate', '0.08'),
  perImage('stability', 'sd3.5-large', 'generate', '0.065'),
  perImage('stability', 'sd3.5-large-turbo', 'generate', '0.04'),
  perImage('stability', 'sd3.5-medium', 'generate', '0.035'),
  perImage('stability', 'stable-image-edit', 'inpaint', '0.05'),
  perImage('stability', 'stable-image-edit', 'erase', '0.05'),
  perImage('stability', 'stable-image-edit', 'outpaint', '0.04'),
  perImage('stability', 'stable-image-edit', 'style-transfer', '0.08'),
]
