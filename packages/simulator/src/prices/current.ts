import { anthropicPrices } from './current/anthropic.ts'
import { bflPrices } from './current/bfl.ts'
import { falPrices } from './current/fal.ts'
import { googlePrices } from './current/google.ts'
import { mistralPrices } from './current/mistral.ts'
import { openaiPrices } from './current/openai.ts'
import { openaiCompatiblePrices } from './current/openai-compatible.ts'
import { openrouterPrices } from './current/openrouter.ts'
import { replicatePrices } from './current/replicate.ts'
import { stabilityPrices } from './current/stability.ts'
import type { PriceRow } from './table.ts'

/** List prices of models that are alive in November 2026. */
export const currentPrices: PriceRow[] = [
  ...bflPrices,
  ...falPrices,
  ...googlePrices,
  ...openaiPrices,
  ...replicatePrices,
  ...stabilityPrices,
  ...openaiCompatiblePrices,
  ...openrouterPrices,
  ...mistralPrices,
  ...anthropicPrices,
]
