import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

/** USD 100 for 1,000 pictures, and the language model's tokens. */
export const mistralPrices: PriceRow[] = [
  {
    ...perImage('mistral', 'mistral-medium-latest', 'generate', '0.1'),
    extra: { text_in_usd_per_1m: '0.4', text_out_usd_per_1m: '2' },
  },
]
