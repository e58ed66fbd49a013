import type { Clock, PriceComponent, PriceRule } from '@halftone/contracts'
import { z } from 'zod'
import { shift, toDecimal } from '../decimal.ts'
import { feedRule, type Origin, perToken, toDay } from './feed-rule.ts'
import { fetchFeed, parseFeed } from './fetch-feed.ts'
import { openrouterImageRules, readImageModels } from './openrouter-images.ts'
import type { PriceSource } from './source.ts'

const modelSchema = z.looseObject({
  id: z.string(),
  expiration_date: z.unknown().optional(),
  architecture: z.looseObject({ output_modalities: z.array(z.string()).default([]) }),
  pricing: z.record(z.string(), z.unknown()),
})
const modelsSchema = z.looseObject({ data: z.array(z.unknown()) })

const openrouterProvider = 'openrouter'
const limits = { timeoutMs: 10_000, bytesMax: 20_000_000 }

/**
 * OpenRouter's own lists: chat models that answer with pictures, priced by tokens, and the image API's models, priced
 * by endpoint. The second is one call a model, so it is read whole each time.
 */
export function createOpenrouterSource(
  settings: Omit<PriceSource, 'poll'> & { url: string; now: Clock },
): PriceSource {
  const base = settings.url.replace(/\/+$/, '')
  return {
    ...settings,
    async poll() {
      const observedAt = new Date(settings.now()).toISOString()
      const origin = { kind: 'provider_price_api', id: settings.id, confidence: 0.9, observedAt } as const
      const read = async (path: string) => {
        const fetched = await fetchFeed(`${base}${path}`, limits)
        return fetched.kind === 'body' ? parseFeed(fetched.text) : null
      }
      const models = openrouterRules(await read('/models'), origin)
      const images = await readImageModels(read)
      return {
        kind: 'rules',
        rules: [...models, ...images.flatMap((answer) => openrouterImageRules(answer, origin))],
        etag: null,
      }
    },
  }
}

/** Rows of models that cannot answer with a picture are left out. */
export function openrouterRules(feed: unknown, origin: Origin): PriceRule[] {
  return modelsSchema.parse(feed).data.flatMap((row) => {
    const { data: model } = modelSchema.safeParse(row)
    if (!model?.architecture.output_modalities.includes('image')) return []
    const reading = { provider: openrouterProvider, model: model.id, retiresOn: toDay(model.expiration_date) }
    return [feedRule(origin, { ...reading, components: tokenComponents(model.pricing) })]
  })
}

const streams = [
  // documented as a price per picture, and given per token of one
  ['image_out', 'image_output'],
  ['text_in', 'prompt'],
  ['image_in', 'image'],
  ['text_out', 'completion'],
  ['cached_text_in', 'input_cache_read'],
  ['reasoning_out', 'internal_reasoning'],
] as const

/** "-1" stands for "it depends", and would win every comparison: such a price is unknown, and so is one without pictures. */
function tokenComponents(pricing: Record<string, unknown>): PriceComponent[] {
  if (pricing.image_output === undefined) return []
  const perRequest = toDecimal(pricing.request)
  const tokens = streams.flatMap(([stream, name]) =>
    pricing[name] === undefined ? [] : [perToken(stream, perMillion(pricing[name]))],
  )
  const flat = perRequest && perRequest !== '0' ? [{ kind: 'per_request' as const, amount: perRequest }] : []
  return [...tokens, ...flat]
}

function perMillion(value: unknown): string | null {
  const amount = toDecimal(value)
  return amount === null || amount.startsWith('-') ? null : shift(amount, 6)
}
