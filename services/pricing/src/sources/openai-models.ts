import { z } from 'zod'
import { toDay } from './feed-rule.ts'
import { fetchFeed, parseFeed } from './fetch-feed.ts'
import type { PriceSource, Retirement } from './source.ts'

const listSchema = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), shutdown_date: z.unknown().optional() })),
})

/** OpenAI's list of models: no prices, and the day on which each is shut down. Needs a key. */
export function createOpenaiModelsSource(
  settings: Omit<PriceSource, 'poll'> & { url: string; key: string },
): PriceSource {
  return {
    ...settings,
    async poll(etag) {
      const headers = { authorization: `Bearer ${settings.key}` }
      const fetched = await fetchFeed(settings.url, { etag, headers, timeoutMs: 10_000, bytesMax: 5_000_000 })
      if (fetched.kind === 'unchanged') return fetched
      return {
        kind: 'rules',
        rules: [],
        retirements: openaiRetirements(parseFeed(fetched.text)),
        etag: fetched.etag,
      }
    },
  }
}

export function openaiRetirements(feed: unknown): Retirement[] {
  return listSchema.parse(feed).data.flatMap(({ id, shutdown_date }) => {
    const on = toDay(shutdown_date)
    return on ? [{ provider: 'openai', model: id, on }] : []
  })
}
