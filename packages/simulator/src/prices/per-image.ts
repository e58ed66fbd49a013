import type { PriceRow, Provider } from './table.ts'

/** A row of the current list for a model that costs the same for every picture. */
export function perImage(provider: Provider, model: string, operation: string, amountUsd: string): PriceRow {
  const rule_id = `cur:${provider}/${model}/${operation}`
  return {
    rule_id,
    provider,
    model,
    operation,
    size: null,
    quality: null,
    unit: 'image',
    amount_usd: amountUsd,
  }
}
