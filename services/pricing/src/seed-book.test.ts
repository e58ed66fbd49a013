import type { Catalogue } from '@halftone/contracts'
import { silentLogger } from '@halftone/service-kit'
import { expect, test } from 'vitest'
import { createSeedBook, rulesToSeed } from './seed-book.ts'
import { createFakePriceStore } from './testing/fake-price-store.ts'
import { fromFeed, perImage } from './testing/price-rule.ts'

test('only what the book lacks is written; better prices and what is the same stay', () => {
  const shipped = [perImage('new', '0.01'), perImage('same', '0.02'), perImage('live', '0.03')]
  const booked = [perImage('same', '0.020'), fromFeed('live', '0.05')].map((rule) => ({ version: 1, rule }))
  expect(rulesToSeed(shipped, booked, true).map(({ id }) => id)).toEqual(['new'])
})

test('a price that only a simulator ever said does not outlive the simulation', () => {
  const source = { kind: 'provider_price_api', id: 'simulator' } as const
  const booked = [{ version: 1, rule: fromFeed('a', '0.001', { source }) }]
  expect(rulesToSeed([perImage('a', '0.04')], booked, true)).toEqual([])
  expect(rulesToSeed([perImage('a', '0.04')], booked, false)).toHaveLength(1)
})

test('a ledger that is away is waited for, and the change is told after the commit', async () => {
  const prices = createFakePriceStore()
  prices.away = true
  const told: unknown[] = []
  const catalogue: Catalogue = {
    name: 'current',
    what: '',
    providers: [],
    models: [],
    rules: [perImage('a', '0.04'), perImage('b', '0.05')],
    floors: {},
    floors_source: '',
  }
  const seed = createSeedBook({
    catalogue,
    sources: [],
    simulated: true,
    prices,
    signals: {
      publish: async (name, message) => {
        told.push([name, message])
      },
    },
    pause: async () => {
      prices.away = false
    },
    log: silentLogger,
  })
  await seed.start()
  expect(told).toMatchObject([
    ['price', { version: 1, rule_id: 'a', old_nano: null, new_nano: '40000000' }],
    ['price', { version: 2, rule_id: 'b', old_nano: null, new_nano: '50000000' }],
  ])
})
