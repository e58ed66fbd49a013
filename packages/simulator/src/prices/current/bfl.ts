import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

/** FLUX.2: a first megapixel, and a rate for every further one, input pictures included. */
function perMegapixel(model: string, first: string, next: string): PriceRow[] {
  return ['generate', 'edit'].map((operation) => ({
    rule_id: `cur:bfl/${model}/${operation}`,
    provider: 'bfl',
    model,
    operation,
    size: null,
    quality: null,
    unit: 'first_megapixel',
    amount_usd: first,
    next_megapixel_usd: next,
  }))
}

/** One credit is USD 0.01. */
export const bflPrices: PriceRow[] = [
  ...perMegapixel('flux-2-klein-4b', '0.014', '0.001'),
  ...perMegapixel('flux-2-klein-9b', '0.015', '0.002'),
  ...perMegapixel('flux-2-pro', '0.03', '0.015'),
  ...perMegapixel('flux-2-max', '0.07', '0.03'),
  ...perMegapixel('flux-2-flex', '0.05', '0.05'),
  perImage('bfl', 'flux-dev', 'generate', '0.025'),
  perImage('bfl', 'flux-pro-1.1', 'generate', '0.04'),
  perImage('bfl', 'flux-pro-1.1-ultra', 'generate', '0.06'),
  perImage('bfl', 'flux-kontext-pro', 'edit', '0.04'),
  perImage('bfl', 'flux-kontext-max', 'edit', '0.08'),
  perImage('bfl', 'flux-pro-1.0-fill', 'inpaint', '0.05'),
  perImage('bfl', 'flux-pro-1.0-expand', 'outpaint', '0.05'),
]
