import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

const flux = perImage('openrouter', 'flux.2-pro', 'generate', '0.03')

/** By tokens: the amount is the image output rate. */
function gemini(operation: string): PriceRow {
  return {
    ...perImage('openrouter', 'gemini-3.1-flash-lite-image', operation, '30'),
    unit: '1m_image_out_tokens',
    extra: { text_in_usd_per_1m: '0.25', image_in_usd_per_1m: '0.25' },
  }
}

export const openrouterPrices: PriceRow[] = [
  // A megapixel of a million pixels, linear.
  { ...flux, unit: 'megapixel' },
  perImage('openrouter', 'seedream-4.5', 'generate', '0.04'),
  gemini('generate'),
  gemini('edit'),
]
