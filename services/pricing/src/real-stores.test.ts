import { loadCatalogue } from '@halftone/catalogue'
import { newId, type PriceChanged } from '@halftone/contracts'
import { createLedger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { createSignals } from '@halftone/queue'
import { silentLogger } from '@halftone/service-kit'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createPoll } from './follow-source.ts'
import { createSeedBook } from './seed-book.ts'
import type { PriceSource } from './sources/source.ts'

test('with real stores: the book is filled once, and a change is heard by who listens, its version without a gap', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  const ledger = createLedger({ url: database.url, maxConnections: 2 })
  const signals = createSignals({ redisUrl: inject('redisUrl'), prefix: `pricing-${newId('job')}` })
  onTestFinished(async () => {
    await Promise.all([ledger.stop(), signals.stop(0)])
    await database.drop()
  })
  await signals.start()
  const { prices } = ledger
  const catalogue = await loadCatalogue('current')
  const parts = { prices, signals, log: silentLogger }
  const seed = () =>
    createSeedBook({ ...parts, catalogue, sources: [], simulated: true, pause: async () => {} }).start()
  await seed()
  await seed()
  const filled = await prices.current()
  expect(filled.version).toBe(catalogue.rules.length)

  const heard = Promise.withResolvers<PriceChanged>()
  await signals.subscribe('price', heard.resolve)
  const schnell = catalogue.rules.find(({ id }) => id === 'cur:replicate/flux-schnell/generate')
  const rules = [schnell!].map((rule) => ({
    ...rule,
    components: rule.components.map((component) => ({ ...component, amount: '0.004' })),
    source: { kind: 'provider_price_api' as const, id: 'feed' },
    confidence: 0.9,
    observed_at: new Date().toISOString(),
  }))
  const source: PriceSource = {
    id: 'feed',
    role: 'authority',
    providers: null,
    intervalMs: 1_000,
    poll: async () => ({ kind: 'rules', rules, etag: null }),
  }
  const metrics = { answered: () => {}, missed: () => {}, told: () => {} }
  const poll = createPoll({ ...parts, source, catalogue, metrics, now: Date.now, random: Math.random })
  await poll()
  await poll()
  expect(await heard.promise).toMatchObject({
    version: filled.version + 1,
    rule_id: schnell?.id,
    old_nano: '3000000',
    new_nano: '4000000',
    source: 'feed',
  })
  expect((await prices.current()).version).toBe(filled.version + 1)
  await seed()
  expect((await prices.current()).version).toBe(filled.version + 1)
})
