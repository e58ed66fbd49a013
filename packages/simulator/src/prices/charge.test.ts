import { expect, test } from 'vitest'
import { type BillLine, chargeNano } from './charge.ts'
import { turboFactor } from './reference.ts'

const tokens = (amount: string, count: number): BillLine => ({ amount, count, per: 1_000_000 })
const images = (amount: string, count = 1): BillLine => ({ amount, count, per: 1 })
const maskedPixels = (count: number): BillLine => ({ amount: '0.0001', count, per: 1_000 })

test.each<[string, BillLine[], bigint, string?]>([
  ['one picture', [images('0.040')], 40_000_000n],
  ['four pictures', [images('0.040', 4)], 160_000_000n],
  ['turbo', [images('0.040')], 52_000_000n, turboFactor],
  ['turbo at 2048', [images('0.120')], 156_000_000n, turboFactor],
  ['50,000 masked pixels', [maskedPixels(50_000)], 5_000_000n],
  ['a whole square masked', [maskedPixels(1_048_576)], 104_857_600n],
  ['one masked pixel', [maskedPixels(1)], 100n],
  ['1,001 masked pixels', [maskedPixels(1_001)], 100_100n],
  ['gpt-image-2, medium square', [tokens('30', 1_756), tokens('5', 50)], 52_930_000n],
  [
    'gpt-image-2, edit at 1536x1024',
    [tokens('30', 5_488), tokens('8', 1_024), tokens('5', 60)],
    173_132_000n,
  ],
  ['fractional credits', [images('0.065')], 65_000_000n],
])('%s costs what the price list works out to', (_, lines, nano, factor) => {
  expect(chargeNano(lines, factor)).toBe(nano)
})

test('a sum is rounded once, half up, and not line by line', () => {
  expect(chargeNano([images('0.0000000005')])).toBe(1n)
  expect(chargeNano([images('0.00000000049')])).toBe(0n)
  expect(chargeNano([images('0.0000000004'), images('0.0000000004'), images('0.0000000004')])).toBe(1n)
})

test('an amount that is no exact decimal is refused rather than guessed', () => {
  for (const amount of ['1e-3', '-1', '0.1.2x', 'abc'])
    expect(() => chargeNano([images(amount)])).toThrow(RangeError)
})
