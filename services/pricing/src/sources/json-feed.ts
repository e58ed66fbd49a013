import type { Clock, PriceRule } from '@halftone/contracts'
import type { Origin } from './feed-rule.ts'
import { fetchFeed, parseFeed } from './fetch-feed.ts'
import type { PriceSource } from './source.ts'

const pagesMax = 50

export interface JsonFeed {
  kind: Origin['kind']
  confidence: number
  /** Throws if the answer is not what it should be. */
  read(answer: unknown, origin: Origin): PriceRule[]
  /** The next page's address, where the answer has one. */
  next?(answer: unknown): unknown
}

/** A feed that is JSON behind a GET, on one page or some. */
export function createJsonFeed(
  settings: Omit<PriceSource, 'poll'> & {
    url: string
    headers?: Record<string, string>
    feed: JsonFeed
    now: Clock
  },
): PriceSource {
  const { url, headers, feed, id } = settings
  const fetchPage = (address: string, etag: string | null) =>
    fetchFeed(address, { etag, headers, timeoutMs: 10_000, bytesMax: 20_000_000 })
  return {
    ...settings,
    async poll(previousEtag) {
      const observedAt = new Date(settings.now()).toISOString()
      const origin = { kind: feed.kind, id, confidence: feed.confidence, observedAt }
      const rules: PriceRule[] = []
      let etag: string | null = null
      let address: string | null = url
      for (let page = 0; address !== null; page++) {
        if (page === pagesMax) throw new Error(`the source has more than ${pagesMax} pages`)
        const fetched = await fetchPage(address, page === 0 ? previousEtag : null)
        if (fetched.kind === 'unchanged') return fetched
        const answer = parseFeed(fetched.text)
        rules.push(...feed.read(answer, origin))
        address = sameHost(feed.next?.(answer), url)
        // the first page's state says nothing of the others
        etag = page === 0 && address === null ? fetched.etag : null
      }
      return { kind: 'rules', rules, etag }
    },
  }
}

/** An address in an answer is input: another host gets neither our call nor our key. */
function sameHost(address: unknown, url: string): string | null {
  if (typeof address !== 'string' || address === '') return null
  const next = new URL(address, url)
  if (next.origin === new URL(url).origin) return next.href
  throw new Error('the source names another host for its next page')
}
