import { expect, inject, test } from 'vitest'
import { runModel } from './run-model.ts'

test('in 2,000 seeded lives of a project the ledger answers, books and tells what a model of it does, two commands at a time as well', {
  timeout: 300_000,
}, async () => {
  const report = await runModel({
    seed: 1,
    short: true,
    cases: 2_000,
    say: () => {},
    postgresUrl: inject('postgresUrl'),
  })
  expect(report.failures.map(({ what }) => what).join('\n')).toBe('')
  expect(report.cases).toBe(2_000)
})
