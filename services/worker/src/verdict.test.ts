import type { ProviderErrorCode } from '@halftone/contracts'
import type { Billed } from '@halftone/providers'
import { expect, test } from 'vitest'
import { verdictOf } from './verdict.ts'

const codes: ProviderErrorCode[] = [
  'invalid_request',
  'content_policy',
  'provider_auth',
  'provider_out_of_credit',
  'provider_config',
  'rate_limited',
  'provider_down',
  'bad_answer',
  'outcome_unknown',
]
const verdict = (code: ProviderErrorCode, billed: Billed, retryAfterMs: number | null = null) =>
  verdictOf({ code, billed, retryAfterMs })

test('a call that may have been paid is never released, whatever its code', () => {
  for (const code of codes) expect(verdict(code, 'unknown').kind).toBe('unknown')
})

test('a call that was paid ends the job, and is owed', () => {
  for (const code of codes) expect(verdict(code, 'yes')).toMatchObject({ kind: 'failed', owed: true })
})

test.each([
  ['invalid_request', { kind: 'failed', owed: false, health: 'neutral' }],
  ['content_policy', { kind: 'failed', owed: false, health: 'neutral' }],
  ['provider_auth', { kind: 'released', avoid: 'provider', health: 'fault' }],
  ['provider_out_of_credit', { kind: 'released', avoid: 'provider', health: 'fault' }],
  ['provider_config', { kind: 'released', avoid: 'model', health: 'fault' }],
  ['rate_limited', { kind: 'released', avoid: null, blockMs: 1_000, health: 'neutral' }],
  ['provider_down', { kind: 'released', avoid: 'model', health: 'fault' }],
  ['bad_answer', { kind: 'released', avoid: 'model', health: 'fault' }],
  ['outcome_unknown', { kind: 'released', avoid: 'model', health: 'fault' }],
] as const)('%s, unpaid', (code, expected) => {
  expect(verdict(code, 'no')).toMatchObject(expected)
})

test('the wait that a provider names is kept, a refused picture is not bought again', () => {
  expect(verdict('rate_limited', 'no', 7_000)).toMatchObject({ blockMs: 7_000 })
  expect(verdict('content_policy', 'unknown')).toMatchObject({ mayRebuy: false })
  expect(verdict('outcome_unknown', 'unknown')).toMatchObject({ mayRebuy: true })
})
