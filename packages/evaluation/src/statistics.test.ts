import { seededRandom } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { bradleyTerry, type Comparison, meanOf, qualityFrom } from './statistics.ts'

test('an interval is never of no width, holds its score, and narrows as pictures come', () => {
  const few = meanOf([1, 1, 1])
  const many = meanOf(Array.from({ length: 60 }, () => 1))
  expect(few).toMatchObject({ score: 1, high: 1, n: 3 })
  expect(few.low).toBeLessThan(0.5)
  expect(many.low).toBeGreaterThan(0.9)
})

test('strengths that made the votes are found again, inside their intervals', () => {
  const random = seededRandom(7)
  const truth = { a: 1.2, b: 0, c: -1.2 }
  const names = ['a', 'b', 'c'] as const
  const comparisons = Array.from({ length: 600 }, (_, i): Comparison => {
    const [a, b] = [names[i % 3]!, names[(i + 1) % 3]!]
    const chance = 1 / (1 + Math.exp(truth[b] - truth[a]))
    return { a, b, share: random() < chance ? 1 : 0 }
  })
  const found = bradleyTerry(comparisons)
  for (const name of names) {
    const { strength, standardError, n } = found.get(name)!
    expect(Math.abs(strength - truth[name])).toBeLessThan(2.6 * standardError)
    expect(n).toBe(400)
  }
})

test('one that only ever won is good, not infinite; equals stand at what is known of them', () => {
  const winner = bradleyTerry([{ a: 'a', b: 'b', share: 1 }])
  expect(Number.isFinite(winner.get('a')?.strength)).toBe(true)
  const equal = bradleyTerry([{ a: 'a', b: 'b', share: 0.5 }])
  expect(qualityFrom(equal.get('a')!, 0.7)).toMatchObject({ score: 0.7, n: 1 })
  expect(qualityFrom(winner.get('a')!, 0.7).score).toBeGreaterThan(0.7)
})
