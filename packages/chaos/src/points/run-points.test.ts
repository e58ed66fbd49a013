import { expect, test } from 'vitest'
import { allCases, kinds, rotatingCases, strikes } from './point-cases.ts'
import { runPoints } from './run-points.ts'

test('struck at each of the sixteen named points, every job ends as promised and nothing is paid twice', {
  timeout: 400_000,
}, async () => {
  const report = await runPoints({ seed: 1, short: true, say: () => {} })
  expect(report.failures.map(({ what }) => what).join('\n')).toBe('')
  expect(report.cases).toBe(16)
})

test('ten seeds in a row strike every point in every way, at both kinds of provider', () => {
  const names = (cases: ReturnType<typeof allCases>) =>
    new Set(cases.map(({ point, strike, kind }) => `${point} / ${strike} / ${kind}`))
  const rotated = Array.from({ length: strikes.length * kinds.length }, (_, seed) =>
    rotatingCases(seed),
  ).flat()
  expect(names(rotated)).toEqual(names(allCases()))
})
