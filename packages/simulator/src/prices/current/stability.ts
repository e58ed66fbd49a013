import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

/** One credit is USD 0.01. */
export const stabilityPrices: PriceRow[] = [
  perImage('stability', 'core', 'generate', '0.03'),
  perImage('stability', 'ultra', 'generate', '0.08'),
  perImage('stability', 'sd3.5-large', 'generate', '0.065'),
  perImage('stability', 'sd3.5-large-turbo', 'generate', '0.04'),
  perImage('stability', 'sd3.5-medium', 'generate', '0.035'),
  perImage('stability', 'stable-image-edit', 'inpaint', '0.05'),
  perImage('stability', 'stable-image-edit', 'erase', '0.05'),
  perImage('stability', 'stable-image-edit', 'outpaint', '0.04'),
  perImage('stability', 'stable-image-edit', 'search-and-replace', '0.05'),
  perImage('stability', 'stable-image-edit', 'search-and-recolor', '0.05'),
  perImage('stability', 'stable-image-edit', 'style-transfer', '0.08'),
  perImage('stability', 'stable-image-tools', 'remove-background', '0.05'),
  perImage('stability', 'stable-image-tools', 'upscale', '0.02'),
  perImage('stability', 'stable-image-control', 'style-guide', '0.05'),
  perImage('stability', 'stable-image-control', 'structure', '0.05'),
  perImage('stability', 'stable-image-control', 'sketch', '0.05'),
]
