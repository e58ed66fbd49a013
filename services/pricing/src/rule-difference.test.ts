import { expect, test } from 'vitest'
import { outranks, sameTerms } from './rule-difference.ts'
import { fromFeed, perImage } from './testing/price-rule.ts'

test('who said it, when, trailing zeros and float noise make no difference; a tenth of a percent does', () => {
  expect(sameTerms(perImage('a', '0.08'), fromFeed('a', '0.080'))).toBe(true)
  expect(sameTerms(perImage('a', '0.08'), perImage('a', '0.07999586'))).toBe(true)
  expect(sameTerms(perImage('a', '0.08'), perImage('a', '0.0801'))).toBe(false)
  expect(sameTerms(perImage('a', '0.08'), perImage('a', null))).toBe(false)
  expect(sameTerms(perImage('a', '0.08'), perImage('a', '0.08', { retires_on: '2026-12-01' }))).toBe(false)
})

test('the surer rule wins, then the newer one, and an older edition of a source never comes back', () => {
  const shipped = perImage('a', '0.04')
  const live = fromFeed('a', '0.05')
  const source = { kind: 'operator_override', id: 'operator' } as const
  const override = perImage('a', '0.06', { confidence: 1, source })
  expect(outranks(live, shipped)).toBe(true)
  expect(outranks(shipped, live)).toBe(false)
  expect(outranks(live, override)).toBe(false)
  expect(outranks(override, live)).toBe(true)
  expect(outranks(perImage('a', '0.03', { observed_at: '2026-10-01' }), shipped)).toBe(false)
  expect(outranks(perImage('a', '0.03', { observed_at: '2026-11-20' }), shipped)).toBe(true)
})
