import type { Clock, PriceComponent, PriceRule } from '@halftone/contracts'
import { z } from 'zod'
import { toDecimal } from '../decimal.ts'
import { feedRule, type Origin, perImage } from './feed-rule.ts'
import { fetchFeed, parseFeed } from './fetch-feed.ts'
import type { PriceSource } from './source.ts'

const pageSchema = z.looseObject({
  prices: z.array(
    z.looseObject({
      endpoint_id: z.string(),
      unit_price: z.unknown(),
      unit: z.string(),
      currency: z.string(),
    }),
  ),
  next_cursor: z.string().nullish(),
  has_more: z.boolean().default(false),
})

const endpointsPerCall = 50
const pagesMax = 20

/** fal's pricing API: what this account pays, its discounts included. Needs a key and the endpoints to ask for. */
export function createFalSource(
  settings: Omit<PriceSource, 'poll'> & {
    url: string
    key: string
    endpoints: readonly string[]
    now: Clock
  },
): PriceSource {
  return {
    ...settings,
    async poll() {
      const observedAt = new Date(settings.now()).toISOString()
      const origin = { kind: 'provider_price_api', id: settings.id, confidence: 0.9, observedAt } as const
      const rules: PriceRule[] = []
      for (let from = 0; from < settings.endpoints.length; from += endpointsPerCall) {
        const asked = settings.endpoints.slice(from, from + endpointsPerCall)
        for await (const page of readPages(settings.url, settings.key, asked))
          rules.push(...falRules(page, origin))
      }
      return { kind: 'rules', rules, etag: null }
    },
  }
}

async function* readPages(url: string, key: string, endpoints: readonly string[]): AsyncGenerator<unknown> {
  let cursor: string | null = null
  for (let page = 0; page < pagesMax; page++) {
    const query = new URLSearchParams(endpoints.map((id): [string, string] => ['endpoint_id', id]))
    if (cursor !== null) query.set('cursor', cursor)
    const fetched = await fetchFeed(`${url}?${query}`, {
      headers: { authorization: `Key ${key}` },
      timeoutMs: 10_000,
      bytesMax: 5_000_000,
    })
    if (fetched.kind === 'unchanged') return
    const answer = parseFeed(fetched.text)
    yield answer
    const { next_cursor, has_more } = pageSchema.parse(answer)
    if (!has_more || !next_cursor) return
    cursor = next_cursor
  }
  throw new Error(`the source has more than ${pagesMax} pages`)
}

export function falRules(feed: unknown, origin: Origin): PriceRule[] {
  return pageSchema.parse(feed).prices.map(({ endpoint_id, unit_price, unit, currency }) => {
    const component = componentOf(unit, toDecimal(unit_price))
    const reading = {
      provider: 'fal',
      model: endpoint_id,
      currency,
      components: [component ?? perImage(null)],
    }
    return feedRule(origin, reading)
  })
}

/** null: a unit that we do not know. Megapixels are of 1024x1024 and rounded up: so do its own price pages come out. */
function componentOf(unit: string, amount: string | null): PriceComponent | null {
  if (amount === null) return null
  switch (unit.toLowerCase().replace(/s$/, '')) {
    case 'image':
      return perImage(amount)
    case 'megapixel':
      return {
        ...{ kind: 'per_megapixel', amount, of: 'output' },
        ...{ mp_pixels: 1_048_576, round: 'ceil', scope: 'each' },
      }
    case 'second':
    case 'compute second':
      return { kind: 'per_second', amount, clock: 'gpu', estimate_seconds: {} }
    case 'request':
      return { kind: 'per_request', amount }
    default:
      return null
  }
}
