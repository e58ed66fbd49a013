import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

/** A server of one's own: what its operator reckons a picture to cost. */
export const openaiCompatiblePrices: PriceRow[] = [
  perImage('openai-compatible', 'flux-1-schnell', 'generate', '0.002'),
  perImage('openai-compatible', 'janus-pro-7b', 'generate', '0.001'),
]
