import type { PriceRule } from '@halftone/contracts'
import { z } from 'zod'
import { shift, toDecimal } from '../decimal.ts'
import { feedRule, type Origin, perImage } from './feed-rule.ts'

const rateSchema = z.looseObject({
  unitPrice: z.looseObject({ currencyCode: z.string(), units: z.string(), nanos: z.int() }),
})
const skuSchema = z.looseObject({
  description: z.string(),
  pricingInfo: z
    .array(
      z.looseObject({
        effectiveTime: z.string(),
        pricingExpression: z.looseObject({ usageUnit: z.string(), tieredRates: z.array(rateSchema).min(1) }),
      }),
    )
    .min(1),
})

/** Google's billing catalogue: whole units and billionths apart, the model's name a sentence. One rate for all amounts, or none is read. */
export function googleSkuRules(feed: unknown, origin: Origin): PriceRule[] {
  return z
    .looseObject({ skus: z.array(z.unknown()) })
    .parse(feed)
    .skus.flatMap((value) => {
      const { data: sku } = skuSchema.safeParse(value)
      const [, model] = /^(Imagen .+) Generation$/.exec(sku?.description ?? '') ?? []
      const info = sku?.pricingInfo.at(-1)
      const [rate, ...further] = info?.pricingExpression.tieredRates ?? []
      if (!model || !info || !rate || further.length > 0 || info.pricingExpression.usageUnit !== 'count')
        return []
      const { currencyCode, units, nanos } = rate.unitPrice
      const whole = toDecimal(units)
      const amount = whole === null ? null : shift(`${whole}${String(nanos).padStart(9, '0')}`, -9)
      return [
        feedRule(origin, {
          ...{ provider: 'vertex', model: model.toLowerCase().replaceAll(' ', '-'), currency: currencyCode },
          ...{ components: [perImage(amount)], validFrom: info.effectiveTime },
        }),
      ]
    })
}
