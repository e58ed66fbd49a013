import { perImage } from '../per-image.ts'
import type { PriceRow } from '../table.ts'

/** By tokens: the amount is the output rate. */
function perToken(model: string, textOut: string, textIn: string): PriceRow {
  return {
    ...perImage('anthropic', model, 'generate', textOut),
    unit: '1m_text_out_tokens',
    extra: { text_in_usd_per_1m: textIn },
  }
}

export const anthropicPrices: PriceRow[] = [
  perToken('claude-haiku-4-5', '5', '1'),
  perToken('claude-sonnet-4-5', '15', '3'),
]
