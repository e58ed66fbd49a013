import type { PriceRule } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { openLedger } from './testing/open-ledger.ts'

const opened = openLedger()

function rule(id: string, amount: string, observedAt = '2026-08-01'): PriceRule {
  return {
    id,
    provider: 'openai',
    model: 'model-1',
    model_version: null,
    operation: 'generate',
    match: { size: { kind: 'any' }, quality: null, modes: [], steps: null, region: null },
    status: 'known',
    currency: 'USD',
    components: [{ kind: 'per_image', amount, count: 'output' }],
    modifiers: [],
    bounds: { min: null, max: null, per: 'request' },
    limits: {},
    charge_on: { refused_before: 'free', refused_after: 'full', failed: 'free', cancelled: 'full' },
    valid: { from: null, until: null },
    observed_at: observedAt,
    retires_on: null,
    source: { kind: 'provider_docs', id: 'docs' },
    confidence: 1,
  }
}

test('only rules whose price differs get a new version; versions rise by one without a gap', async () => {
  const { prices } = opened.ledger
  expect(await prices.current()).toEqual({ version: 0, rules: [] })
  const [a, b] = [rule('a', '0.04'), rule('b', '0.03')]
  expect(await prices.put([a, b])).toEqual([
    { booked: { version: 1, rule: a }, previous: null },
    { booked: { version: 2, rule: b }, previous: null },
  ])
  expect(await prices.put([rule('a', '0.04', '2026-08-02'), b])).toEqual([])
  const dearer = rule('a', '0.05')
  expect(await prices.put([dearer, b])).toEqual([{ booked: { version: 3, rule: dearer }, previous: a }])
  const { version, rules } = await prices.current()
  expect(version).toBe(3)
  expect(rules).toEqual([
    { version: 3, rule: dearer },
    { version: 2, rule: b },
  ])
  const history = await prices.history('a', 10)
  expect(history.map((row) => row.version)).toEqual([3, 1])
  expect(history[0]?.until).toBeNull()
  expect(history[1]?.until).toEqual(history[0]?.from)

  const parallel = await Promise.all(Array.from({ length: 8 }, (_, n) => prices.put([rule(`c${n}`, '1')])))
  expect(
    parallel
      .flat()
      .map((row) => row.booked.version)
      .sort((x, y) => x - y),
  ).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
})

test('checks of a source count its misses in a row', async () => {
  const { ledger, sql } = opened
  const check = (changed: boolean, error: string | null) =>
    ledger.prices.sourceChecked('feed', { changed, error })
  await check(true, null)
  await check(false, 'HTTP 500')
  await check(false, 'HTTP 500')
  const [row] = await sql`select misses, last_error, changed_at is not null as changed from price_sources`
  expect(row).toEqual({ misses: 2, last_error: 'HTTP 500', changed: true })
  await check(false, null)
  expect(await sql`select misses, last_error from price_sources`).toEqual([{ misses: 0, last_error: null }])
})
