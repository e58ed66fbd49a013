import { AppError, errorTable } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { jobFailure, refusal, stillRunning } from './errors.ts'

test('a job that ended is never repeated by a client of itself, whatever it ended with', () => {
  for (const code of Object.keys(errorTable) as (keyof typeof errorTable)[]) {
    const { status, headers, body } = jobFailure('job_1', { code, message: 'it failed', next: null })
    expect(headers['x-should-retry'], code).toBe('false')
    expect(status, code).toBeGreaterThanOrEqual(400)
    expect(body.error.message, code).toContain('job_1')
  }
  expect(stillRunning('job_1', 90).headers['x-should-retry']).toBe('false')
})

test('a refusal may be repeated where waiting helps, and only there', () => {
  const wait = refusal(new AppError('unavailable', 'a store is gone', { retryAfterSeconds: 2 }))
  expect(wait).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  expect(wait.headers).not.toHaveProperty('x-should-retry')
  expect(refusal(new AppError('budget_exceeded', 'it is spent'))).toMatchObject({
    status: 429,
    headers: { 'x-should-retry': 'false' },
    body: { error: { type: 'insufficient_quota', code: 'insufficient_quota' } },
  })
})

test('what was refused is told in words that any OpenAI client knows', () => {
  const { status, body } = jobFailure('job_1', { code: 'content_policy', message: 'no', next: null })
  expect([status, body.error.code, body.error.type]).toEqual([
    400,
    'moderation_blocked',
    'image_generation_user_error',
  ])
})
