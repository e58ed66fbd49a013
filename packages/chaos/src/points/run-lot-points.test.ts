import { expect, test } from 'vitest'
import { runLotPoints } from './run-lot-points.ts'

test('killed at every step of a lot’s life, nothing is lost, submitted twice or paid twice', {
  timeout: 400_000,
}, async () => {
  const report = await runLotPoints({ seed: 1, short: true, say: () => {} })
  expect(report.failures.map(({ what }) => what).join('\n')).toBe('')
  expect(report.cases).toBe(11)
})
