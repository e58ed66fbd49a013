import { expect, test } from 'vitest'
import { shift, toDecimal } from './decimal.ts'

test.each([
  [0.04, '0.04'],
  [4e-8, '0.00000004'],
  ['7.629e-08', '0.00000007629'],
  ['0.0400000000', '0.04'],
  [1e21, '1000000000000000000000'],
  ['-1', '-1'],
  [0, '0'],
  ['-0.0', '0'],
  [1.59263611e-7, '0.000000159263611'],
])('%s is exactly %s', (written, decimal) => expect(toDecimal(written)).toBe(decimal))

test.each(['', 'free', '$0.04', null, undefined, {}, Number.NaN, Number.POSITIVE_INFINITY, '1e999'])(
  '%s is no number',
  (written) => expect(toDecimal(written)).toBeNull(),
)

test('units are changed by moving the point, never by a float', () => {
  expect(shift('4.2', -2)).toBe('0.042')
  expect(shift('0.00003', 6)).toBe('30')
  expect(shift('100000', -4)).toBe('10')
  expect(shift('0.0027', -2)).toBe('0.000027')
  expect(shift('-1', 6)).toBe('-1000000')
  expect(shift('12', 0)).toBe('12')
})
