import type { PriceComponent, PriceRule } from '@halftone/contracts'
import { z } from 'zod'
import { shift, toDecimal } from '../decimal.ts'
import { feedRule, labelSize, type Origin, perImage, perToken } from './feed-rule.ts'

const lineSchema = z.looseObject({
  billable: z.string(),
  unit: z.string(),
  cost_usd: z.unknown(),
  variant: z.string().optional(),
})
type Line = z.infer<typeof lineSchema>
const answerSchema = z.looseObject({
  id: z.string(),
  endpoints: z.array(z.looseObject({ provider_slug: z.string(), pricing: z.array(lineSchema) })),
})
const listSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) })

/** One call a model, a few at a time. A model whose call fails fails the poll: half a list would look like a shrunken one. */
export async function readImageModels(read: (path: string) => Promise<unknown>): Promise<unknown[]> {
  const { data } = listSchema.parse(await read('/images/models'))
  const answers: unknown[] = []
  for (let from = 0; from < data.length; from += atOnce)
    answers.push(
      ...(await Promise.all(
        data.slice(from, from + atOnce).map(({ id }) => read(`/images/models/${encodeURI(id)}/endpoints`)),
      )),
    )
  return answers
}
const atOnce = 4

/** A rule per endpoint and tier. Where several endpoints serve a model, each is a model of its own: `model@endpoint`. */
export function openrouterImageRules(answer: unknown, origin: Origin): PriceRule[] {
  const { id, endpoints } = answerSchema.parse(answer)
  return endpoints.flatMap(({ provider_slug: slug, pricing }) => {
    const model = endpoints.length > 1 ? `${id}@${slug}` : id
    const [tiers, shared] = [pricing.filter(isTier), pricing.filter((line) => !isTier(line))]
    // other units and things to bill may come any day: a sum that leaves one out would be too low
    const extras = shared.filter(({ billable }) => billable !== 'input_font').map(component)
    return tiers.map((line) => {
      const { size, quality } = tierOf(line.variant)
      const parts = [component(line), ...extras].map((part) => part ?? perImage(null))
      const components = size ? parts : [perImage(null)]
      return feedRule(origin, {
        ...{ provider: 'openrouter', model, quality, components },
        size: size ?? { kind: 'any' },
      })
    })
  })
}

function isTier({ billable }: Line): boolean {
  return billable === 'output_image'
}

/** "2k", "low_1k", "high". size null: a tier that we do not understand. */
function tierOf(variant: string | undefined): {
  size: PriceRule['match']['size'] | null
  quality: string | null
} {
  if (!variant) return { size: { kind: 'any' }, quality: null }
  const [, quality, label] = /^(?:(low|medium|high)_?)?(\d.*)?$/.exec(variant) ?? []
  if (!quality && !label) return { size: null, quality: null }
  return { size: label ? labelSize(label) : { kind: 'any' }, quality: quality ?? null }
}

/** null: not understood. */
function component({ billable, unit, cost_usd }: Line): PriceComponent | null {
  const amount = toDecimal(cost_usd)
  if (amount === null) return null
  const perMillion = shift(amount, 6)
  switch (`${billable}/${unit}`) {
    case 'output_image/image':
      return perImage(amount)
    case 'output_image/request':
      return { kind: 'per_request', amount }
    case 'output_image/megapixel':
    case 'input_image/megapixel':
      return {
        kind: 'per_megapixel',
        amount,
        of: billable === 'output_image' ? 'output' : 'input',
        ...{ mp_pixels: 1_000_000, round: 'none', scope: 'each' },
      }
    case 'output_image/token':
      return perToken('image_out', perMillion)
    case 'input_image/image':
      return perImage(amount, 'input')
    case 'input_reference/image':
      return perImage(amount, 'reference')
    case 'input_image/token':
    case 'input_reference/token':
      return perToken('image_in', perMillion)
    case 'input_text/token':
      return perToken('text_in', perMillion)
    default:
      return null
  }
}
