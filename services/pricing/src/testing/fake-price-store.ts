import type { BookedRule, PriceRule } from '@halftone/contracts'
import type { PriceStore } from '@halftone/ledger'

/** A price book in memory: versions rise by one, `away` makes it fail. */
export function createFakePriceStore(): Omit<PriceStore, 'history' | 'versions'> & {
  away: boolean
  checks: { source: string; changed: boolean; error: string | null }[]
  rule(id: string): PriceRule | undefined
} {
  const book = new Map<string, BookedRule>()
  let version = 0
  return {
    away: false,
    checks: [],
    rule: (id) => book.get(id)?.rule,
    async current() {
      if (this.away) throw new Error('connection lost')
      return { version, rules: [...book.values()] }
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
    async sourceChecked(source, result) {
      this.checks.push({ source, ...result })
    },
  }
}
