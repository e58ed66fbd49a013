import { expect, test } from 'vitest'
import { characterErrorRate, spellingScore } from './text-score.ts'

test('asked words are found wherever they stand, whatever stands around them, and by their letters alone', () => {
  expect(characterErrorRate(['Summer Sale'], 'a | ~ SUMMER\nSALE!  simulated')).toBe(0)
  expect(characterErrorRate(['Summer', 'Sale'], 'Sale\nnow Sumner')).toBeCloseTo(1 / 10)
  expect(characterErrorRate(['Summer'], '')).toBe(1)
})

test('a third of the letters wrong is worth nothing', () => {
  expect([0, 1 / 12, 1 / 3, 1].map(spellingScore)).toEqual([1, expect.closeTo(0.75), 0, 0])
})
