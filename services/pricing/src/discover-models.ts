import { type Catalogue, modelKey, type PriceRule } from '@halftone/contracts'
import type { NewPriceEvent } from '@halftone/ledger'

/** Models that a provider's own feed lists and the catalogue lacks, each with all its prices. */
export function discoverModels(
  source: string,
  readings: readonly PriceRule[],
  catalogue: Catalogue,
): NewPriceEvent[] {
  const known = new Set(catalogue.models.map(modelKey))
  const unknown = Map.groupBy(
    readings.filter((rule) => !known.has(modelKey(rule)) && rule.status !== 'retired'),
    modelKey,
  )
  return [...unknown].map(([key, rules]) => ({
    kind: 'model.discovered',
    key,
    detail: {
      model: key,
      provider: rules[0]?.provider,
      source,
      retires_on: rules[0]?.retires_on ?? null,
      rules,
    },
  }))
}
