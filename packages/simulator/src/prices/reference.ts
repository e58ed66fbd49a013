import type { PriceRow } from './table.ts'

const any = { size: null, quality: null } as const
const image = { ...any, unit: 'image' } as const
const square = { quality: null, unit: 'image' } as const

/** The reference text's own prices. Models that it gives no price for are not sold. */
export const referencePrices: PriceRow[] = [
  {
    ...square,
    rule_id: 'ref:openai/dall-e-4/generate/1024',
    provider: 'openai',
    model: 'dall-e-4',
    operation: 'generate',
    size: '1024x1024',
    amount_usd: '0.040',
  },
  {
    ...square,
    rule_id: 'ref:openai/dall-e-4/generate/2048',
    provider: 'openai',
    model: 'dall-e-4',
    operation: 'generate',
    size: '2048x2048',
    amount_usd: '0.120',
  },
  {
    ...square,
    rule_id: 'ref:replicate/sd-3.5-turbo/generate/1024',
    provider: 'replicate',
    model: 'sd-3.5-turbo',
    operation: 'generate',
    size: '1024x1024',
    amount_usd: '0.028',
  },
  {
    ...any,
    rule_id: 'ref:stability/clipdrop/inpaint',
    provider: 'stability',
    model: 'clipdrop',
    operation: 'inpaint',
    unit: '1k_masked_pixels',
    amount_usd: '0.0001',
  },
  {
    ...any,
    rule_id: 'ref:stability/clipdrop/outpaint',
    provider: 'stability',
    model: 'clipdrop',
    operation: 'outpaint',
    unit: '1k_masked_pixels',
    amount_usd: '0.0001',
  },
  {
    ...image,
    rule_id: 'ref:stability/clipdrop/style-transfer',
    provider: 'stability',
    model: 'clipdrop',
    operation: 'style-transfer',
    amount_usd: '0.060',
  },
  {
    ...square,
    rule_id: 'ref:google/imagen-3/generate/512',
    provider: 'google',
    model: 'imagen-3',
    operation: 'generate',
    size: '512x512',
    amount_usd: '0.035',
  },
  {
    ...square,
    rule_id: 'ref:google/imagen-3/generate/4k',
    provider: 'google',
    model: 'imagen-3',
    operation: 'generate',
    size: '4096x4096',
    amount_usd: '0.150',
  },
  {
    ...image,
    rule_id: 'ref:anthropic/claude-image/generate',
    provider: 'anthropic',
    model: 'claude-image',
    operation: 'generate',
    amount_usd: '0.050',
  },
  {
    // An operator's price: the reference text names a flat inpaint and gives no figure for it.
    ...image,
    rule_id: 'op:stability/flat-inpaint/inpaint',
    provider: 'stability',
    model: 'flat-inpaint',
    operation: 'inpaint',
    amount_usd: '0.040',
  },
  {
    // Likewise: the text names a discount for batches and no price that it comes off.
    ...image,
    rule_id: 'op:deepseek/janus/edit',
    provider: 'deepseek',
    model: 'janus',
    operation: 'edit',
    amount_usd: '0.050',
  },
]

/** What DALL-E 4 asks for its turbo mode, times the price of the size. */
export const turboFactor = '1.30'
