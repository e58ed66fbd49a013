import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

export const replicatePrices: PriceRow[] = [
  perImage('replicate', 'flux-schnell', 'generate', '0.003'),
  perImage('replicate', 'flux-dev', 'generate', '0.025'),
  perImage('replicate', 'flux-1.1-pro', 'generate', '0.04'),
  perImage('replicate', 'flux-1.1-pro-ultra', 'generate', '0.06'),
  perImage('replicate', 'flux-kontext-pro', 'edit', '0.04'),
  perImage('replicate', 'flux-fill-pro', 'inpaint', '0.05'),
]
