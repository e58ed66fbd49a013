import { expect, test } from 'vitest'
import { alternately, median, percentile, perSecond } from './rounds.ts'

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_, place) => 100 - place)
  expect(percentile(values, 0.99)).toBe(99)
  expect(percentile([7], 0.99)).toBe(7)
  expect(median([9, 1, 5])).toBe(5)
})

test('what was only to warm up counts for neither side', async () => {
  const ours = [1, 30, 20, 40]
  const theirs = [2, 3, 5, 4]
  const taken = (values: number[]) => async () => values.shift() ?? Number.NaN
  expect(await alternately(3, taken(ours), taken(theirs))).toEqual({ value: 30, baseline: 4 })
})

test('speed is work done in a time that passed', () => {
  let done = 0
  const speed = perSecond(() => done++, { rounds: 2, roundMs: 5 })
  expect(done).toBeGreaterThan(0)
  expect(speed).toBeGreaterThan(0)
})
