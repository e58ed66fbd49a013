import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

/** By megapixels of output, billed to the fraction. */
function perMegapixel(model: string, operation: string, amountUsd: string): PriceRow {
  return { ...perImage('fal', model, operation, amountUsd), unit: 'megapixel' }
}

export const falPrices: PriceRow[] = [
  perMegapixel('fal-ai/flux/schnell', 'generate', '0.003'),
  perMegapixel('fal-ai/flux/dev', 'generate', '0.025'),
  perImage('fal', 'fal-ai/flux-pro/v1.1', 'generate', '0.04'),
  perMegapixel('fal-ai/flux-pro/v1/fill', 'inpaint', '0.05'),
]
