import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Catalogue, type PriceChanged, priceRuleSchema } from '@halftone/contracts'
import { silentLogger } from '@halftone/service-kit'
import { expect, onTestFinished, test } from 'vitest'
import { createPoll } from './follow-source.ts'
import { createSimulatorSource } from './sources/simulator.ts'
import { createFakePriceStore } from './testing/fake-price-store.ts'
import { perImage } from './testing/price-rule.ts'

const token = (stream: 'text_in' | 'image_out', amount: string) => ({
  kind: 'per_token' as const,
  stream,
  amount,
  per: 1_000_000,
})
const catalogue: Catalogue = {
  name: 'current',
  what: '',
  providers: [],
  models: [],
  rules: [
    perImage('flat', '0.04'),
    perImage('tokens', null, {
      status: 'known',
      components: [token('text_in', '5'), token('image_out', '30')],
    }),
  ],
  floors: {},
  floors_source: '',
}

/** A price feed as DOORS has it: answers 304 to whoever knows its state. */
async function startFeed() {
  const amounts: Record<string, string> = { flat: '0.040', tokens: '30' }
  const feed = { version: 1, status: 200, polls: 0, unchanged: 0 }
  const server = createServer((request, response) => {
    feed.polls++
    const etag = `W/"${feed.version}"`
    if (feed.status !== 200) return response.writeHead(feed.status).end()
    if (request.headers['if-none-match'] === etag) {
      feed.unchanged++
      return response.writeHead(304).end()
    }
    const rules = [
      { rule_id: 'flat', unit: 'image', amount_usd: amounts.flat },
      {
        rule_id: 'tokens',
        unit: '1m_image_out_tokens',
        amount_usd: amounts.tokens,
        extra: { text_in_usd_per_1m: '6', image_in_usd_per_1m: '8' },
      },
      { rule_id: 'stranger', unit: 'image', amount_usd: '0.01' },
      { rule_id: 'flat', unit: '1k_masked_pixels', amount_usd: '0.01' },
      { rule_id: 'flat' },
    ]
    response.setHeader('etag', etag).end(JSON.stringify({ catalogue: 'current', as_of: '', rules }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ url, feed },
    set(id: string, amount: string) {
      amounts[id] = amount
      feed.version++
    },
  }
}

async function setUp() {
  const { url, feed, set } = await startFeed()
  const prices = createFakePriceStore()
  await prices.put(catalogue.rules)
  const told: PriceChanged[] = []
  const source = createSimulatorSource({
    url,
    catalogue,
    intervalMs: 60_000,
    now: () => 0,
    log: silentLogger,
  })
  const poll = createPoll({
    source,
    prices,
    signals: { publish: async (_name, message) => void told.push(message as PriceChanged) },
    metrics: { answered: () => {}, missed: () => {}, told: () => {} },
    catalogue,
    now: () => 0,
    random: () => 1,
    log: silentLogger,
  })
  return { feed, set, prices, told, poll }
}

test('readings are laid over the catalogue: amounts, source and confidence are theirs, all else stays', async () => {
  const { prices, poll } = await setUp()
  await poll()
  const tokens = priceRuleSchema.parse(prices.rule('tokens'))
  expect(tokens.components.map(({ amount }) => amount)).toEqual(['6', '30'])
  expect(tokens).toMatchObject({
    source: { kind: 'provider_price_api', id: 'simulator' },
    confidence: 0.9,
    observed_at: '1970-01-01T00:00:00.000Z',
  })
  expect(prices.rule('stranger')).toBeUndefined()
})

test('a change is booked once and told once; a feed that says nothing new costs nothing', async () => {
  const { feed, set, told, prices, poll } = await setUp()
  await poll()
  told.length = 0
  await poll()
  expect(feed.unchanged).toBe(1)
  set('flat', '0.05')
  await poll()
  await poll()
  expect(told).toEqual([
    expect.objectContaining({
      rule_id: 'flat',
      old_nano: '40000000',
      new_nano: '50000000',
      source: 'simulator',
    }),
  ])
  expect(prices.checks.map(({ changed }) => changed)).toEqual([true, false, true, false])
})

test('a leap is asked for again in full, and believed the second time', async () => {
  const { set, prices, poll } = await setUp()
  await poll()
  set('flat', '0.4')
  await poll()
  expect(prices.rule('flat')?.components[0]?.amount).toBe('0.040')
  await poll()
  expect(prices.rule('flat')?.components[0]?.amount).toBe('0.4')
})

test('zero and negative prices never reach the book', async () => {
  const { set, prices, poll } = await setUp()
  await poll()
  for (const amount of ['0', '-1', '0', '0']) {
    set('flat', amount)
    await poll()
    expect(prices.rule('flat')?.components[0]?.amount).toBe('0.040')
  }
})

test('a source that fails is asked again sooner, then ever later, and its last prices stay', async () => {
  const { feed, prices, poll } = await setUp()
  expect(await poll()).toBe(60_000)
  feed.status = 500
  const waits = [await poll(), await poll()]
  expect(waits).toEqual([1_000, 2_000])
  expect(prices.checks.at(-1)).toMatchObject({ changed: false, error: 'the source answered 500' })
  expect(prices.rule('flat')?.components[0]?.amount).toBe('0.040')
})

test('a ledger that is away loses no change', async () => {
  const { set, prices, poll } = await setUp()
  await poll()
  set('flat', '0.05')
  prices.away = true
  await poll()
  prices.away = false
  await poll()
  expect(prices.rule('flat')?.components[0]?.amount).toBe('0.05')
})
