import type { Candidate } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { baseline, type PlannedJobs } from './baseline.ts'
import { expectedMs } from './expected-finish.ts'

const candidate = (model: string, cost: bigint, ms = 1_000): Candidate => ({
  provider: model.split('/')[0]!,
  model: model.split('/')[1]!,
  operation: 'generate',
  quality_asked: null,
  rule_id: null,
  price_version: null,
  cost_nano: cost,
  worst_nano: cost,
  expected_ms: ms,
  quality: 1,
  steps: null,
  batch: false,
  eligible: true,
  reason: null,
})
const jobs = (count: number, ...ranked: Candidate[]): PlannedJobs => ({ count, ranked, choice: ranked[0]! })

test('the baseline is the one model that could have done all of it for least', () => {
  const logos = jobs(3, candidate('b/good', 40n), candidate('c/dear', 50n))
  const photos = jobs(10, candidate('a/cheap', 3n), candidate('b/good', 40n), candidate('c/dear', 20n))
  const best = baseline([logos, photos])
  expect(best?.model).toBe('c/dear')
  expect(best?.total).toBe(3n * 50n + 10n * 20n)
  expect(best?.of(photos)).toBe(20n)
})

test('where no model can do all, the one that does most counts, and the rest at their own price', () => {
  const edits = jobs(2, candidate('e/edit', 7n))
  const photos = jobs(5, candidate('a/cheap', 3n), candidate('b/good', 4n))
  const best = baseline([edits, photos])
  expect(best).toMatchObject({ model: 'a/cheap', total: 2n * 7n + 5n * 3n })
  expect(best?.of(edits)).toBe(7n)
})

test('of several prices at one model the cheapest counts; of no jobs there is no baseline', () => {
  expect(baseline([jobs(1, candidate('a/x', 9n), candidate('a/x', 5n))])?.total).toBe(5n)
  expect(baseline([])).toBeNull()
})

test('the finish is when the slowest provider is done, by its requests or its places', () => {
  const rate = { requests_per_minute: 60, concurrent: 10 }
  expect(expectedMs([jobs(61, candidate('a/x', 1n, 2_000))], () => rate)).toBe(62_000)
  expect(expectedMs([jobs(100, candidate('a/x', 1n, 30_000))], () => rate)).toBe(330_000)
  expect(expectedMs([], () => rate)).toBe(0)
})
