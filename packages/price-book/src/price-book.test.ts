import type { PriceComponent } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { actualCost } from './actual-cost.ts'
import { createPriceBook } from './price-book.ts'
import { booked, makeInput, makeRequest, makeRule, perImage, spec } from './testing/rules.ts'
import { outputTokens } from './token-estimate.ts'

const now = Date.parse('2026-11-22')
const book = (...rules: Parameters<typeof booked>) => createPriceBook(booked(...rules), () => now)
const size = (width: number, height: number) => ({ size: { kind: 'exact', width, height } as const })

describe('which rule prices a request', () => {
  test('the narrowest size wins, whatever the order and the confidence', () => {
    const any = makeRule({ id: 'any', confidence: 0.9, ...perImage('1') })
    const wide = makeRule({
      id: 'wide',
      match: { size: { kind: 'within', max_width: 2048, max_height: 2048 } },
    })
    const tight = makeRule({
      id: 'tight',
      match: { size: { kind: 'within', max_width: 1024, max_height: 1024 } },
    })
    const exact = makeRule({ id: 'exact', confidence: 0, match: size(1024, 1024) })
    const idOf = (...rules: Parameters<typeof booked>) =>
      book(...rules).priceOf(spec, makeRequest(), null).ruleId
    expect(idOf(any, wide, tight, exact)).toBe('exact')
    expect(idOf(tight, any, wide)).toBe('tight')
    expect(idOf(any, wide)).toBe('wide')
  })

  test('then the rule for this quality, then confidence, then the newest', () => {
    const high = makeRule({ id: 'high', match: { quality: 'high' }, confidence: 0 })
    const sure = makeRule({ id: 'sure', confidence: 0.9, observed_at: '2025-01-01' })
    const newer = makeRule({ id: 'newer', confidence: 0.9, observed_at: '2026-01-01' })
    const { priceOf } = book(makeRule({ id: 'vague' }), sure, newer, high)
    expect(priceOf(spec, makeRequest(), 'high').ruleId).toBe('high')
    expect(priceOf(spec, makeRequest(), 'low').ruleId).toBe('newer')
  })

  test('a neighbouring size, mode, quality, step count or region is unknown, never the nearest price', () => {
    const rule = makeRule({ match: { ...size(512, 512), steps: { min: 4, max: 8 } } })
    const fits = makeRequest({ width: 512, height: 512, steps: 4 })
    const cost = (request: typeof fits, parts = {}) =>
      book({ ...rule, match: { ...rule.match, ...parts } }).priceOf(spec, request, null).cost
    expect(cost(fits)).toBe(100_000_000n)
    expect(cost({ ...fits, width: 513 })).toBeNull()
    expect(cost({ ...fits, mode: 'turbo' })).toBeNull()
    expect(cost({ ...fits, steps: 9 })).toBeNull()
    expect(cost({ ...fits, steps: null })).toBeNull()
    expect(cost(fits, { quality: 'low' })).toBeNull()
    expect(cost(fits, { region: 'eu' })).toBeNull()
  })

  test('an edit kind has its own price before the price of edits, and an unknown one is not passed over', () => {
    const edit = makeRule({ id: 'edit', operation: 'edit' })
    const inpaint = makeRule({ id: 'inpaint', operation: 'inpaint', ...perImage('0.04') })
    const masked = makeRequest({ operation: 'edit', mask: { ...makeInput(64, 64), maskedPixels: 9 } })
    expect(book(edit, inpaint).priceOf(spec, masked, null)).toMatchObject({
      operation: 'inpaint',
      cost: 40_000_000n,
    })
    expect(book(edit, inpaint).priceOf(spec, { ...masked, mask: null }, null).operation).toBe('edit')
    expect(book(edit).priceOf(spec, masked, null).operation).toBe('edit')
    expect(book(edit, { ...inpaint, status: 'unknown' }).priceOf(spec, masked, null).cost).toBeNull()
  })

  test('a variation done by reference edit costs an edit; elsewhere its price is unknown', () => {
    const { priceOf } = book(makeRule({ operation: 'edit' }))
    const variation = makeRequest({ operation: 'variation', images: [makeInput(1024, 1024)] })
    const sizes = { kind: 'list' as const, list: ['1024x1024'] }
    const operation = { sizes, n_max: 1, mask: 'none' as const, images_max: 1 }
    const by = { ...spec, operations: { variation: { ...operation, by: 'reference_edit' as const } } }
    expect(priceOf(by, variation, null).cost).toBe(100_000_000n)
    expect(priceOf({ ...spec, operations: { variation: operation } }, variation, null).cost).toBeNull()
  })

  test('a rule counts only within its dates', () => {
    const cost = (parts: Parameters<typeof makeRule>[0]) =>
      book(makeRule(parts)).priceOf(spec, makeRequest(), null).cost
    expect(cost({ retires_on: '2026-11-22' })).toBeNull()
    expect(cost({ valid: { from: '2026-12-01', until: null } })).toBeNull()
    expect(cost({ valid: { from: '2026-11-01', until: '2026-12-01' } })).not.toBeNull()
  })
})

const table = { tokens: { low: { '1024x1024': 272 }, medium: { any: 1000 } } }
const token = (stream: 'text_in' | 'image_in' | 'image_out', amount: string): PriceComponent => ({
  kind: 'per_token',
  stream,
  amount,
  per: 1_000_000,
  ...(stream === 'image_out' ? { estimate: 'gpt-image-2' as const } : {}),
})
const tokenRule = makeRule({
  components: [token('text_in', '5'), token('image_in', '8'), token('image_out', '30')],
})

describe('token prices', () => {
  test('output tokens of gpt-image-2 follow the formula behind its list prices, and are not monotone in size', () => {
    const tokens = (quality: string, width: number, height: number) =>
      outputTokens('gpt-image-2', quality, width, height)
    expect(tokens('medium', 1024, 1024)).toBe(1756)
    expect(tokens('high', 1024, 1024)).toBe(7024)
    expect(tokens('high', 1536, 1024)).toBe(5488)
    expect(tokens('medium', 1536, 1024)).toBe(1372)
    expect(outputTokens(table, 'low', 1024, 1024)).toBe(272)
    expect(outputTokens(table, 'medium', 640, 480)).toBe(1000)
    expect(outputTokens(table, 'low', 640, 480)).toBeNull()
  })

  test('cost is what a call will probably use; what is held covers four-byte letters and high-fidelity inputs', () => {
    const prompt = 'x'.repeat(200)
    const priced = book(tokenRule).priceOf(spec, makeRequest({ prompt }), 'medium')
    expect(priced.cost).toBe(52_930_000n)
    expect(priced.worst! - priced.cost!).toBe(BigInt((256 + 256 - 50) * 5_000))
    const edit = makeRequest({ operation: 'edit', prompt: '🪁'.repeat(50), images: [makeInput(1024, 1024)] })
    const edited = book({ ...tokenRule, operation: 'edit' }).priceOf(spec, edit, 'medium')
    const billed = { tokens: { text_in: 200, image_in: 6_240, image_out: 1_756 } }
    expect(edited.worst).toBeGreaterThanOrEqual(actualCost(tokenRule, edit, 'medium', billed)!)
  })

  test('prompts of one class of length hold the same, so that a plan shared by them fits each', () => {
    const worstOf = (length: number) =>
      book(tokenRule).priceOf(spec, makeRequest({ prompt: 'x'.repeat(length) }), 'medium').worst
    expect(worstOf(1)).toBe(worstOf(256))
    expect(worstOf(257)).toBe(worstOf(512))
    expect(worstOf(257)).toBeGreaterThan(worstOf(256)!)
  })

  test('n pictures cost n times the output tokens and the prompt once', () => {
    const of = (n: number) => book(tokenRule).priceOf(spec, makeRequest({ n }), 'low').cost!
    expect(of(4) - of(1)).toBe(3n * (of(2) - of(1)))
    expect(of(2)).toBeLessThan(2n * of(1))
  })

  test('without a quality, or with one that nobody can estimate, the price is unknown', () => {
    expect(book(tokenRule).priceOf(spec, makeRequest(), null)).toMatchObject({
      cost: null,
      worst: null,
      ruleId: 'test',
    })
    expect(book(tokenRule).priceOf(spec, makeRequest(), 'max').cost).toBeNull()
  })

  test('what is held never lies below what is expected', () => {
    const capped = { ...tokenRule, bounds: { min: '0.2', max: null, per: 'request' as const } }
    const priced = book(capped).priceOf(spec, makeRequest(), 'low')
    expect(priced.worst).toBe(priced.cost)
  })
})

describe('actual cost', () => {
  test('the provider’s own figure outranks usage, usage outranks the quote', () => {
    const cost = (usage: Parameters<typeof actualCost>[3]) =>
      actualCost(tokenRule, makeRequest(), 'medium', usage)
    expect(cost({ reported: 7n, tokens: { image_out: 1 } })).toBe(7n)
    expect(cost({ tokens: { text_in: 50, image_in: 0, image_out: 1756 } })).toBe(52_930_000n)
    expect(cost({})).toBe(52_715_000n)
    expect(actualCost(makeRule({ status: 'unknown' }), makeRequest(), null, {})).toBeNull()
  })

  test('masked pixels of an outpaint without a mask are the newly painted ones', () => {
    const rule = makeRule({
      operation: 'outpaint',
      components: [
        { kind: 'per_1k_masked_pixels', amount: '0.0001', per: 1000, round: 'none', min: null, max: null },
      ],
    })
    const request = makeRequest({
      operation: 'edit',
      editKind: 'outpaint',
      width: 1536,
      images: [makeInput(1024, 1024)],
    })
    expect(actualCost(rule, request, null, {})).toBe(100n * 512n * 1024n)
  })
})

describe('a language model that draws', () => {
  const tokens = (
    stream: 'text_in' | 'text_out',
    amount: string,
    any: number,
    most: number,
  ): PriceComponent => ({
    ...{ kind: 'per_token', stream, amount, per: 1_000_000 },
    estimate: { tokens: { any: { any } }, most },
  })
  const rule = makeRule({
    components: [
      { kind: 'per_image', amount: '0.1', count: 'output' },
      tokens('text_out', '5', 2_000, 8_000),
      tokens('text_in', '1', 180, 600),
    ],
  })
  const request = makeRequest({ prompt: 'x'.repeat(40) })

  test('its words are quoted by their estimate, and held at the most that they can be', () => {
    const { cost, worst } = book(rule).priceOf(spec, request, null)
    expect(cost).toBe(100_000_000n + 2_000n * 5_000n + 190n * 1_000n)
    expect(worst).toBe(100_000_000n + 8_000n * 5_000n + (256n + 256n + 600n) * 1_000n)
  })

  test('what it counts is booked: words alone, without a picture; or two pictures where one was asked for', () => {
    const used = { tokens: { text_in: 100, text_out: 50 } }
    const words = 100n * 1_000n + 50n * 5_000n
    expect(actualCost(rule, request, null, used)).toBe(100_000_000n + words)
    expect(actualCost(rule, request, null, { ...used, images: 0 })).toBe(words)
    expect(actualCost(rule, request, null, { ...used, images: 2 })).toBe(200_000_000n + words)
    expect(actualCost(makeRule(), request, null, { images: 0 }), 'a price for pictures alone').toBe(0n)
    expect(actualCost(makeRule({ status: 'unknown' }), request, null, { images: 0 })).toBeNull()
  })
})
