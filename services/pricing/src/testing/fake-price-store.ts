import type { BookedRule, PriceRule } from '@halftone/contracts'
import type { NewPriceEvent, PriceQuarantine, PriceStore, QuarantineRow } from '@halftone/ledger'

type FollowedStore = Pick<
  PriceStore,
  'current' | 'put' | 'sourceChecked' | 'events' | 'quarantine' | 'sources'
>

/** A price book in memory: versions rise by one, `away` makes it fail. Rows of quarantine are seen at the clock's time. */
export function createFakePriceStore(now: () => number = () => 0): FollowedStore & {
  away: boolean
  checks: { source: string; changed: boolean; error: string | null }[]
  told: NewPriceEvent[]
  held: QuarantineRow[]
  declared: string[]
  sameSince: Date
  rule(id: string): PriceRule | undefined
} {
  const book = new Map<string, BookedRule>()
  const held: QuarantineRow[] = []
  const told: NewPriceEvent[] = []
  let version = 0
  const keyOf = ({ kind, key }: NewPriceEvent) => `${kind} ${key}`
  return {
    away: false,
    checks: [],
    told,
    held,
    declared: [],
    sameSince: new Date(now()),
    rule: (id) => book.get(id)?.rule,
    async current() {
      if (this.away) throw new Error('connection lost')
      return { version, rules: [...book.values()], sources: [] }
    },
    async put(rules) {
      if (this.away) throw new Error('connection lost')
      return rules.map((rule) => {
        const previous = book.get(rule.id)?.rule ?? null
        const booked = { version: ++version, rule }
        book.set(rule.id, booked)
        return { booked, previous }
      })
    },
    async sourceChecked(source, { changed, error }) {
      this.checks.push({ source, changed, error })
    },
    sources: {
      declare: async () => {},
      async list() {
        return ['feed', 'simulator'].map((id) => ({
          ...{ id, role: 'authority' as const, providers: [], checkedAt: null, answeredAt: null },
          ...{ changedAt: null, sameSince: new Date(0), misses: 0, lastError: null },
        }))
      },
    },
    events: {
      list: async () => [],
      async record(events) {
        const known = new Set(told.filter(({ key }) => key !== null).map(keyOf))
        const news = events.filter((event) => !known.has(keyOf(event)))
        told.push(...news)
        return news
      },
    },
    quarantine: fakeQuarantine(held, now),
  }
}

function fakeQuarantine(rows: QuarantineRow[], now: () => number): PriceQuarantine {
  const decide = (
    row: QuarantineRow | undefined,
    state: QuarantineRow['state'],
    decidedBy: 'poll' | 'source',
  ) => row && Object.assign(row, { state, decidedBy, decidedAt: new Date(now()) })
  return {
    list: async () => rows,
    binding: async (source) =>
      rows.filter((row) => {
        const shrunk =
          row.state === 'released' &&
          row.kind === 'shrunk' &&
          now() - row.decidedAt!.getTime() < 48 * 3_600_000
        return row.source === source && (row.state === 'held' || row.decidedBy === 'operator' || shrunk)
      }),
    async report(source, { findings, confirmed, complete }) {
      for (const id of confirmed)
        decide(
          rows.find((row) => row.id === id),
          'released',
          'poll',
        )
      const seen = findings.map((finding) => {
        const known = rows.find(
          (row) => row.state === 'held' && row.ruleId === finding.ruleId && row.digest === finding.digest,
        )
        if (known) return Object.assign(known, { polls: known.polls + 1 })
        const row = {
          ...{ ...finding, id: rows.length + 1, source, state: 'held' as const, decidedBy: null, polls: 1 },
          ...{ firstSeen: new Date(now()), lastSeen: new Date(now()), decidedAt: null },
        }
        rows.push(row)
        return row
      })
      if (complete)
        for (const row of rows)
          if (row.state === 'held' && !seen.includes(row)) decide(row, 'refused', 'source')
    },
    release: async () => [],
    refuse: async () => false,
  }
}
