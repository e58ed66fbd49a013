import type { BookedRule, PriceRule } from '@halftone/contracts'
import type { NewPriceEvent, PriceSourceRow, PriceStore, QuarantineRow } from '@halftone/ledger'

type FollowedStore = Pick<
  PriceStore,
  'current' | 'put' | 'sourceChecked' | 'events' | 'quarantine' | 'sources'
>

/** A price book in memory: versions rise by one, `away` makes it fail. */
export function createFakePriceStore(): FollowedStore & {
  away: boolean
  checks: { source: string; changed: boolean; error: string | null }[]
  told: NewPriceEvent[]
  held: QuarantineRow[]
  sameSince: Date
  rule(id: string): PriceRule | undefined
} {
  const book = new Map<string, BookedRule>()
  const keys = new Set<string>()
  let version = 0
  const put = (rules: PriceRule[]) =>
    rules.map((rule) => {
      const previous = book.get(rule.id)?.rule ?? null
      const booked = { version: ++version, rule }
      book.set(rule.id, booked)
      return { booked, previous }
    })
  return {
    away: false,
    checks: [],
    told: [],
    held: [],
    sameSince: new Date(),
    rule: (id) => book.get(id)?.rule,
    async current() {
      if (this.away) throw new Error('connection lost')
      return { version, rules: [...book.values()], sources: [] }
    },
    async put(rules) {
      if (this.away) throw new Error('connection lost')
      return put(rules)
    },
    async sourceChecked(source, { changed, error }) {
      this.checks.push({ source, changed, error })
    },
    sources: {
      declare: async () => {},
      list: async () => [],
    },
    events: {
      list: async () => [],
      record: async (events) => {
        const news = events.filter(({ kind, key }) => key === null || !keys.has(`${kind} ${key}`))
        for (const { kind, key } of news) keys.add(`${kind} ${key}`)
        return news
      },
    },
    quarantine: {
      list: async () => [],
      binding: async () => [],
      report: async () => {},
      release: async () => [],
      refuse: async () => false,
    },
  }
}
