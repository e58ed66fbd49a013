import { expect, test } from 'vitest'
import { limitOverridesSchema, limitsOf } from './provider-limits.ts'

const replicate = { id: 'replicate', limits: { requests_per_minute: 600, concurrent: 48 } }

test('what the operator says replaces the catalogue’s figure; what he leaves out stays', () => {
  const overrides = limitOverridesSchema.parse('{"replicate": {"concurrent": 4}}')
  expect(limitsOf(replicate, overrides)).toEqual({ requests_per_minute: 600, concurrent: 4 })
  expect(limitsOf({ ...replicate, id: 'openai' }, overrides)).toEqual(replicate.limits)
  expect(limitOverridesSchema.parse(undefined)).toEqual({})
})

test.each([
  'replicate: 4',
  '{"replicate": 4}',
  '{"replicate": {"concurrent": 0}}',
  '{"replicate": {"per_day": 9}}',
])('limits that are not understood are refused: %s', (text) =>
  expect(limitOverridesSchema.safeParse(text).success).toBe(false),
)
