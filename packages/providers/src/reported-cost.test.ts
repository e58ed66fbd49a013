import { expect, test } from 'vitest'
import { reportedCost } from './reported-cost.ts'

test.each([
  [0.04, '1', 40_000_000n],
  ['0.0314572800', '1', 31_457_280n],
  [1.5e-7, '1', 150n],
  ['2.5E-1', '1', 250_000_000n],
  [40, '0.001', 40_000_000n],
  [0.0000000005, '1', 1n],
  [0.0000000004, '1', 0n],
  ['1e2', '0.01', 1_000_000_000n],
])('%s at %s USD a unit is exact, rounded once, half up', (figure, unit, nano) => {
  expect(reportedCost(figure, unit)).toBe(nano)
})

test.each([0, '0', '0.00', null, undefined, -1, 'NaN', '', 'free', {}, '1e999'])(
  '%s says nothing: unknown is not zero',
  (figure) => {
    expect(reportedCost(figure)).toBeNull()
  },
)
