import type { Catalogue, PriceChanged, PriceRule } from '@halftone/contracts'
import { silentLogger } from '@halftone/service-kit'
import { createPoll } from '../follow-source.ts'
import type { PriceSource, Refresh } from '../sources/source.ts'
import { createFakePriceStore } from './fake-price-store.ts'

export const emptyCatalogue: Catalogue = {
  ...{ name: 'current', what: '', providers: [], models: [], rules: [], floors: {}, floors_source: '' },
}

/** A source that says what the test says, followed over a book in memory, at the time that the test makes it. */
export function followFake(parts: Partial<PriceSource> & { catalogue?: Catalogue } = {}) {
  const { catalogue = emptyCatalogue, ...overrides } = parts
  const time = { now: 0 }
  const prices = createFakePriceStore(() => time.now)
  const signals: PriceChanged[] = []
  const stale: boolean[] = []
  let answer: () => Refresh = () => ({ kind: 'rules', rules: [], etag: null })
  const source: PriceSource = {
    ...{ id: 'feed', role: 'authority', providers: null, intervalMs: 3_600_000 },
    poll: async () => answer(),
    ...overrides,
  }
  const poll = createPoll({
    ...{ source, catalogue, prices, now: () => time.now, random: () => 1, log: silentLogger },
    signals: { publish: async (_name, message) => void signals.push(message as PriceChanged) },
    metrics: { answered: (_source, frozen) => void stale.push(frozen), missed: () => {}, told: () => {} },
  })
  const says = (given: () => Refresh) => {
    answer = given
  }
  return {
    ...{ prices, signals, stale, time, poll, says },
    rules(rules: readonly PriceRule[]) {
      says(() => ({ kind: 'rules', rules: [...rules], etag: null }))
      return poll()
    },
    told: (kind: string) => prices.told.filter((event) => event.kind === kind).map(({ detail }) => detail),
  }
}
