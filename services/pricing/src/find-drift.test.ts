import { jobBodySchema } from '@halftone/contracts'
import type { PaidCall } from '@halftone/ledger'
import { expect, test } from 'vitest'
import { findDrift } from './find-drift.ts'
import { perImage } from './testing/price-rule.ts'

const inputs = { width: 1024, height: 1024, images: [], mask: null }
function calls(count: number, cost: bigint, parts: Partial<PaidCall> = {}): PaidCall[] {
  const body = jobBodySchema.parse({ prompt: 'a kite' })
  const rule = perImage('flux', '0.04')
  return Array.from({ length: count }, (_, index) => ({
    ...{ attemptId: `att_${index}`, rule, priceVersion: 7, cost, pictures: 1, quality: null, body, inputs },
    ...parts,
  }))
}

test('calls that cost more than 2 % beside their rule are a drift, with both sums; up to that they are none', () => {
  expect(findDrift(calls(10, 40_800_000n))).toEqual([])
  expect(findDrift(calls(10, 40_800_001n))).toMatchObject([
    {
      key: 'flux@7',
      detail: { rule_id: 'flux', version: 7, calls: 10, usd: '0.40800001', quoted_usd: '0.4' },
    },
  ])
  expect(findDrift(calls(10, 39_000_000n))).toHaveLength(1)
})

test('few calls say nothing, and each version of a rule is judged for itself', () => {
  expect(findDrift(calls(9, 90_000_000n))).toEqual([])
  const mixed = [...calls(9, 90_000_000n), ...calls(9, 90_000_000n, { priceVersion: 8 })]
  expect(findDrift(mixed)).toEqual([])
})

test('fewer pictures than were asked for are quoted as few', () => {
  expect(findDrift(calls(10, 80_000_000n, { pictures: 2 }))).toEqual([])
})

test('a call whose rule names no sum is no measure', () => {
  expect(findDrift(calls(10, 40_000_000n, { rule: perImage('flux', null) }))).toEqual([])
})
