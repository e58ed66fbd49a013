import type { BookedRule, ModelHealth } from '@halftone/contracts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMarket, type MarketOptions } from './create-market.ts'
import { fakeSignals, makeBooked, makeCatalogue, makeSpec } from './testing/fakes.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }))
afterEach(() => void vi.useRealTimers())

/** A market over a book that the test writes. */
async function startMarket(parts: Partial<MarketOptions> = {}) {
  const signals = fakeSignals()
  const book = { version: 1, rules: [makeBooked(1, '0.003')] }
  const loadPrices = vi.fn(async () => ({ ...book }))
  const warn = vi.fn()
  const market = createMarket({
    catalogue: makeCatalogue(makeSpec()),
    simulated: false,
    loadPrices,
    signals,
    clock: Date.now,
    log: { warn },
    ...parts,
  })
  const changes: string[] = []
  market.onChange((_view, what) => changes.push(what))
  await market.start()
  const put = (version: number, amount: string) =>
    Object.assign(book, { version, rules: [makeBooked(version, amount)] })
  return { market, signals, loadPrices, warn, changes, put, amount: () => amountOf(market.view().rules) }
}

function amountOf(rules: ReadonlyMap<string, readonly BookedRule[]>): string | null | undefined {
  return rules.get('replicate/flux')?.[0]?.rule.components[0]?.amount
}

const priceSaid = (version: number) => ({
  version,
  rule_id: 'r',
  old_nano: null,
  new_nano: null,
  status: 'known',
  source: 'page',
  observed_at: null,
})

const health = (parts: Partial<ModelHealth> = {}): ModelHealth => ({
  provider: 'replicate',
  model: 'flux',
  breaker: 'closed',
  health: 1,
  latency_ms: {},
  ...parts,
})

test('once started, the view holds every current rule', async () => {
  const { market, amount } = await startMarket()
  expect(amount()).toBe('0.003')
  expect(market.view()).toMatchObject({ priceVersion: 1, pricesAsOf: 1_000 })
})

test('a burst of price changes is one load, and those that come during a load are one more', async () => {
  let finish = () => {}
  const { signals, loadPrices, put, amount } = await startMarket()
  for (let version = 2; version <= 40; version++) signals.say('price', priceSaid(version))
  put(40, '0.004')
  loadPrices.mockImplementationOnce(async () => {
    await new Promise<void>((resolve) => (finish = resolve))
    return { version: 40, rules: [makeBooked(40, '0.004')] }
  })
  await vi.advanceTimersByTimeAsync(20)
  expect(loadPrices).toHaveBeenCalledTimes(2)
  signals.say('price', priceSaid(41))
  signals.say('price', priceSaid(42))
  put(42, '0.005')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(loadPrices).toHaveBeenCalledTimes(2)
  finish()
  await vi.advanceTimersByTimeAsync(20)
  expect(loadPrices).toHaveBeenCalledTimes(3)
  expect(amount()).toBe('0.005')
})

test('a lost signal is healed by the next one, by a reconnect, and at the latest by the slow beat', async () => {
  const { signals, put, amount } = await startMarket()
  put(5, '0.005')
  signals.say('price', priceSaid(7))
  await vi.advanceTimersByTimeAsync(20)
  expect(amount()).toBe('0.005')
  put(8, '0.008')
  signals.reconnect()
  await vi.advanceTimersByTimeAsync(20)
  expect(amount()).toBe('0.008')
  put(9, '0.009')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(amount()).toBe('0.009')
})

test('what is known already is not read again, and an older answer changes nothing', async () => {
  const { market, signals, loadPrices, put } = await startMarket()
  signals.say('price', priceSaid(1))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(loadPrices).toHaveBeenCalledTimes(1)
  put(0, '9')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(market.view().priceVersion).toBe(1)
})

test('a refresh without news keeps plans valid, and says that prices are current', async () => {
  const { market, changes } = await startMarket()
  const before = market.view()
  await vi.advanceTimersByTimeAsync(30_001)
  expect(market.view().version).toBe(before.version)
  expect(market.view().pricesAsOf).toBe(31_001)
  expect(changes).toEqual(['prices'])
})

test('while the book cannot be read the last prices stay, their age shows, and it is tried again within a second', async () => {
  const { market, signals, loadPrices, warn, put, amount } = await startMarket()
  loadPrices.mockRejectedValueOnce(new Error('gone'))
  put(2, '0.004')
  signals.say('price', priceSaid(2))
  await vi.advanceTimersByTimeAsync(20)
  expect(amount()).toBe('0.003')
  expect(market.view().pricesAsOf).toBe(1_000)
  expect(warn).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(amount()).toBe('0.004')
})

test('it does not start on prices that it could not read', async () => {
  await expect(startMarket({ loadPrices: () => Promise.reject(new Error('gone')) })).rejects.toThrow('gone')
})

test('a provider whose source fell silent for too long is stale, voids plans once, and is back with its answer', async () => {
  let ageMs = 60_000
  const loadPrices = async () => ({
    version: 1,
    rules: [makeBooked(1, '0.003')],
    sources: [{ providers: ['replicate'], ageMs }],
  })
  const { market, changes } = await startMarket({ loadPrices, pricesMaxAgeMs: 80_000 })
  expect(market.view().staleProviders?.size).toBe(0)
  ageMs = 90_000
  await vi.advanceTimersByTimeAsync(30_001)
  const asOf = 31_001 - 90_000
  expect(market.view().staleProviders).toEqual(new Map([['replicate', asOf]]))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(changes).toEqual(['prices', 'prices'])
  ageMs = 0
  await vi.advanceTimersByTimeAsync(5_000)
  expect(market.view().staleProviders?.size).toBe(0)
  expect(changes).toEqual(['prices', 'prices', 'prices'])
})

test('a process that cannot read its book for too long trusts none of it', async () => {
  const { market, loadPrices } = await startMarket({ pricesMaxAgeMs: 60_000 })
  loadPrices.mockRejectedValue(new Error('gone'))
  await vi.advanceTimersByTimeAsync(90_001)
  expect([...(market.view().staleProviders?.keys() ?? [])]).toEqual(['replicate'])
})

test('health replaces health by version, and only news makes a new version of the view', async () => {
  const { market, signals, changes } = await startMarket()
  const say = (version: number, model: ModelHealth) =>
    signals.say('health', { version, at: '', models: [model] })
  say(10, health({ breaker: 'open' }))
  const { version } = market.view()
  say(11, health({ breaker: 'open' }))
  say(9, health())
  expect(market.view().version).toBe(version)
  expect(market.view().health.get('replicate/flux')?.breaker).toBe('open')
  say(12, health({ breaker: 'half_open' }))
  expect(changes).toEqual(['prices', 'health', 'health'])
})

test('a view that was handed out never changes', async () => {
  const { market, signals, put } = await startMarket()
  const old = market.view()
  put(2, '0.004')
  signals.say('price', priceSaid(2))
  signals.say('health', { version: 1, at: '', models: [health({ health: 0.1 })] })
  await vi.advanceTimersByTimeAsync(20)
  expect(amountOf(old.rules)).toBe('0.003')
  expect(old.health.size).toBe(0)
})

test('a system that buys real pictures does not go by a simulator’s prices', async () => {
  const loadPrices = async () => ({ version: 1, rules: [makeBooked(1, '0.001', 'simulator')] })
  expect((await startMarket({ loadPrices })).amount()).toBeUndefined()
  expect((await startMarket({ loadPrices, simulated: true })).amount()).toBe('0.001')
})

test('after its stop it neither reads nor changes', async () => {
  const { market, signals, loadPrices } = await startMarket()
  signals.say('price', priceSaid(2))
  await market.stop(Date.now())
  signals.say('health', { version: 1, at: '', models: [health()] })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(loadPrices).toHaveBeenCalledTimes(1)
  expect(market.view().health.size).toBe(0)
})
