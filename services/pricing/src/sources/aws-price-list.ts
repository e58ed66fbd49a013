import type { PriceRule } from '@halftone/contracts'
import { z } from 'zod'
import { toDecimal } from '../decimal.ts'
import { feedRule, type Origin, perImage } from './feed-rule.ts'

const offerSchema = z.looseObject({
  products: z.record(
    z.string(),
    z.looseObject({
      attributes: z.looseObject({ model: z.string().optional(), usagetype: z.string().optional() }),
    }),
  ),
  terms: z.looseObject({ OnDemand: z.record(z.string(), z.record(z.string(), z.unknown())) }),
})
const termSchema = z.looseObject({
  effectiveDate: z.string(),
  priceDimensions: z.record(
    z.string(),
    z.looseObject({ unit: z.string(), pricePerUnit: z.record(z.string(), z.string()) }),
  ),
})

/** AWS's price list of Bedrock in one region. The tier stands in the usage type: `USE1-NovaCanvas-T2I-1024-Premium`. */
export function awsRules(feed: unknown, origin: Origin): PriceRule[] {
  const { products, terms } = offerSchema.parse(feed)
  return Object.entries(products).flatMap(([sku, { attributes }]) => {
    const [, edge, tier] = /-T2I-(\d+)-(\w+)$/.exec(attributes.usagetype ?? '') ?? []
    if (!attributes.model || !edge || !tier) return []
    const size = { kind: 'within', max_width: Number(edge), max_height: Number(edge) } as const
    return Object.values(terms.OnDemand[sku] ?? {}).flatMap((value) => {
      const { effectiveDate, priceDimensions } = termSchema.parse(value)
      return Object.values(priceDimensions)
        .filter(({ unit }) => unit === 'image')
        .map(({ pricePerUnit }) =>
          feedRule(origin, {
            ...{ provider: 'bedrock', model: attributes.model ?? '', size, quality: tier.toLowerCase() },
            ...{ components: [perImage(toDecimal(pricePerUnit.USD))], validFrom: effectiveDate },
          }),
        )
    })
  })
}
