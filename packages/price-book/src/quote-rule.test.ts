import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { PriceComponent, PriceRule, QuoteRequest } from '@halftone/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoteRule } from './quote-rule.ts'
import { makeRule, perImage } from './testing/rules.ts'

const prices = fileURLToPath(new URL('../../../../shared/data/prices/', import.meta.url))
const goldenIsHere = existsSync(`${prices}golden-quotes.json`)

interface Golden {
  name: string
  rule_id?: string
  rule?: PriceRule
  request: QuoteRequest
  expect: { status: string; nano_usd?: number }
}

function readGolden(): { golden: Golden[]; rules: Map<string, PriceRule> } {
  const { quotes } = JSON.parse(readFileSync(`${prices}golden-quotes.json`, 'utf8'))
  const { rules } = JSON.parse(readFileSync(`${prices}reference-catalogue.json`, 'utf8'))
  return { golden: quotes, rules: new Map(rules.map((rule: PriceRule) => [rule.id, rule])) }
}

test.skipIf(!goldenIsHere)('every golden sum comes out to the nano-dollar (needs ../shared)', () => {
  const { golden, rules } = readGolden()
  const wrong = golden.filter(({ rule, rule_id, request, expect: expected }) => {
    const quote = quoteRule(rule ?? rules.get(rule_id ?? '')!, request)
    return (
      quote.status !== expected.status ||
      (quote.status === 'known' && quote.nano_usd !== BigInt(expected.nano_usd!))
    )
  })
  expect(golden.length).toBeGreaterThanOrEqual(30)
  expect(wrong.map(({ name }) => name)).toEqual([])
})

const square: QuoteRequest = { width: 1024, height: 1024, n: 1 }
const nano = (rule: PriceRule, request: Partial<QuoteRequest> = {}) => {
  const quote = quoteRule(rule, { ...square, ...request })
  return quote.status === 'known' ? quote.nano_usd : quote.status
}
const of = (component: PriceComponent, parts: Partial<PriceRule> = {}) =>
  makeRule({ ...parts, components: [component] })

describe('price forms', () => {
  const flux: PriceComponent = {
    kind: 'per_megapixel',
    amount: '0.015',
    first_amount: '0.03',
    of: 'output',
    mp_pixels: 1_048_576,
    round: 'ceil',
    scope: 'each',
    min_mp: 1,
    cap_mp: 4,
  }

  test('the first megapixel has its own price, and how a megapixel is counted decides', () => {
    expect(nano(of(flux), { width: 1920, height: 1080 })).toBe(45_000_000n)
    expect(nano(of({ ...flux, mp_pixels: 1_000_000 }))).toBe(45_000_000n)
    expect(nano(of(flux), { width: 8192, height: 8192 })).toBe(75_000_000n)
    expect(nano(of(flux), { n: 2 })).toBe(60_000_000n)
    expect(nano(of({ ...flux, scope: 'total' }), { n: 2 })).toBe(45_000_000n)
  })

  test('a price by steps and area, and one by the ratio of steps', () => {
    expect(
      nano(of({ kind: 'per_step', amount: '0.0005', scale: 'mp_1048576' }), {
        width: 512,
        height: 512,
        steps: 4,
      }),
    ).toBe(500_000n)
    const together = makeRule({
      ...perImage('0.025'),
      modifiers: [{ kind: 'steps_ratio', default_steps: 28, only_above: true }],
    })
    expect(nano(together, { steps: 50 })).toBe(44_642_857n)
    expect(nano(together, { steps: 10 })).toBe(25_000_000n)
  })

  test('bounds hold per request or per image, after the modifiers', () => {
    const bounds = { min: '0.05', max: '0.12', per: 'image' } as const
    expect(nano(makeRule({ ...perImage('0.01'), bounds }), { n: 3 })).toBe(150_000_000n)
    expect(nano(makeRule({ ...perImage('1'), bounds: { ...bounds, per: 'request' } }), { n: 3 })).toBe(
      120_000_000n,
    )
  })

  test('a batch discount needs a batch, and all that its condition names', () => {
    const off = (when: object) =>
      makeRule({ modifiers: [{ kind: 'batch_discount', percent_off: '40', when }] })
    expect(nano(off({}))).toBe(100_000_000n)
    expect(nano(off({}), { batch: true })).toBe(60_000_000n)
    expect(nano(off({ mask_template: 'predefined' }), { mode: 'batch', mask_template: 'freehand' })).toBe(
      100_000_000n,
    )
    expect(nano(off({ mask_template: 'predefined' }), { mode: 'batch', mask_template: 'predefined' })).toBe(
      60_000_000n,
    )
  })
})

describe('what is not known never becomes a number', () => {
  const token = (stream: 'text_in' | 'image_in' | 'image_out') =>
    ({ kind: 'per_token', stream, amount: '5', per: 1_000_000 }) as const
  const needs: [string, PriceRule, Partial<QuoteRequest>][] = [
    ['an amount that is null', makeRule(perImage(null)), {}],
    ['an amount of -1, which some feeds use for "depends"', makeRule(perImage('-1')), {}],
    ['no amounts at all', makeRule({ components: [] }), {}],
    ['a currency that is not converted', makeRule({ currency: 'EUR' }), {}],
    ['steps', of({ kind: 'per_step', amount: '1', scale: 'none' }), {}],
    ['seconds', of({ kind: 'per_second', amount: '1', clock: 'gpu', estimate_seconds: { p50: 3 } }), {}],
    [
      'masked pixels',
      of({ kind: 'per_1k_masked_pixels', amount: '1', per: 1000, round: 'none', min: null, max: null }),
      {},
    ],
    ['output tokens', of(token('image_out')), { tokens: { text_in: 5 } }],
    ['all tokens', of(token('text_in')), {}],
    ['tokens of an input picture', of(token('image_in')), { tokens: { text_in: 5 }, input_images: [square] }],
  ]
  test.each(needs)('%s', (_name, rule, request) => expect(nano(rule, request)).toBe('unknown'))

  test('no discount, bound or free component makes a null amount known', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }), fc.nat(4), (digits, place) => {
        const components = digits.map((digit) => perImage(`0.${digit}`).components[0]!)
        components.splice(place, 0, ...perImage(null).components)
        const rule = makeRule({ components, bounds: { min: '0', max: '1', per: 'image' } })
        return nano(rule) === 'unknown'
      }),
    )
  })
})

test('what the rule does not cover is ineligible, also where its price is unknown', () => {
  expect(nano(makeRule({ match: { size: { kind: 'within', max_width: 768, max_height: 768 } } }))).toBe(
    'ineligible',
  )
  expect(nano(makeRule({ status: 'unknown', limits: { max_n: 4 } }), { n: 5 })).toBe('ineligible')
  expect(nano(makeRule({ status: 'retired' }))).toBe('ineligible')
  for (const n of [0, -1, 1.5, Number.NaN]) expect(nano(makeRule(), { n })).toBe('ineligible')
})

test('a free rule costs nothing, and only a free one', () => {
  expect(nano(makeRule({ status: 'free', ...perImage(null) }))).toBe(0n)
})

describe('arithmetic', () => {
  const amount = fc
    .tuple(fc.nat(99), fc.bigInt({ min: 0n, max: 999_999_999_999n }), fc.integer({ min: 12, max: 15 }))
    .map(([whole, fraction, digits]) => `${whole}.${fraction.toString().padStart(digits, '0')}`)
  const scaleOf = (text: string) => {
    const [whole = '', fraction = ''] = text.split('.')
    return { units: BigInt(whole + fraction), per: 10n ** BigInt(fraction.length) }
  }

  test('per-image prices scale with n exactly, and a sum is rounded once, half up, to under a nano', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 10 }), (text, n) => {
        const { units, per } = scaleOf(text)
        const quoted = nano(makeRule(perImage(text)), { n }) as bigint
        const exact = units * BigInt(n) * 1_000_000_000n
        expect(quoted).toBe((2n * exact + per) / (2n * per))
        expect(2n * (quoted * per - exact)).toBeLessThanOrEqual(per)
        expect(2n * (quoted * per - exact)).toBeGreaterThan(-per)
      }),
    )
  })

  test('a sum of many odd components has no drift against the plain sum of fractions', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 12 }), (texts) => {
        const rule = makeRule({ components: texts.map((text) => perImage(text).components[0]!) })
        const scale = 10n ** 15n
        const exact = texts.map(scaleOf).reduce((sum, { units, per }) => sum + units * (scale / per), 0n)
        expect(nano(rule)).toBe((2n * exact * 1_000_000_000n + scale) / (2n * scale))
      }),
    )
  })

  test('one more component never makes it cheaper', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 5 }), amount, (texts, extra) => {
        const quote = (all: string[]) =>
          nano(makeRule({ components: all.map((text) => perImage(text).components[0]!) })) as bigint
        return quote([...texts, extra]) >= quote(texts)
      }),
    )
  })

  test('per-pixel prices do not drift as floats do', () => {
    const pixels = of({
      kind: 'per_1k_masked_pixels',
      amount: '0.0001',
      per: 1000,
      round: 'none',
      min: null,
      max: null,
    })
    fc.assert(
      fc.property(
        fc.nat(40_000_000),
        (masked_pixels) => nano(pixels, { masked_pixels }) === BigInt(masked_pixels) * 100n,
      ),
    )
  })
})
