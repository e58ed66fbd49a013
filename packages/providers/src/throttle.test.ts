import { expect, test } from 'vitest'
import { readThrottle, type Throttle } from './throttle.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const silent: Throttle = { retryAfterMs: null, remaining: null, limit: null, resetMs: null, scope: null }

const read = (status: number, headers: Record<string, string>, body?: unknown, seconds?: number) =>
  readThrottle({ status, headers, body: Buffer.from(body ? JSON.stringify(body) : '') }, now, seconds)

const retryInfo = {
  error: {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaId: 'ImagesPerDayPerProject' }],
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '37s' },
    ],
  },
}

test.each<[string, Parameters<typeof read>, Partial<Throttle>]>([
  ['retry-after-ms', [429, { 'retry-after-ms': '1250' }], { retryAfterMs: 1_250 }],
  ['Retry-After', [429, { 'retry-after': '7' }], { retryAfterMs: 7_000 }],
  ['seconds in the body', [429, {}, { detail: 'throttled', retry_after: 5 }], { retryAfterMs: 5_000 }],
  ['the provider’s page', [429, {}, { name: 'rate_limit_exceeded' }, 60], { retryAfterMs: 60_000 }],
  ['a RetryInfo detail', [429, {}, retryInfo], { retryAfterMs: 37_000, scope: 'day' }],
  ['a negative number, which means nothing', [429, {}, { detail: '', retry_after: -1 }], {}],
  ['nowhere', [429, {}, 'busy'], {}],
  [
    'headers on a good answer; what refills bit by bit has room before all is back',
    [
      200,
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1m0s',
        'x-ratelimit-remaining-tokens': '90000',
      },
    ],
    { remaining: 0, limit: 60, resetMs: 1_000, scope: 'requests' },
  ],
  [
    'the tighter of two limits',
    [
      200,
      {
        'x-ratelimit-remaining-requests': '40',
        'x-ratelimit-remaining-images': '3',
        'x-ratelimit-reset-images': '17ms',
      },
    ],
    { remaining: 3, resetMs: 17, scope: 'images' },
  ],
  [
    'a window that ends at an epoch, on a refusal that names no wait',
    [
      429,
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 9_000) },
    ],
    { retryAfterMs: 9_000, remaining: 0, limit: 20, resetMs: 9_000, scope: 'requests' },
  ],
  [
    'dates',
    [
      200,
      {
        'anthropic-ratelimit-requests-limit': '11',
        'anthropic-ratelimit-requests-remaining': '1',
        'anthropic-ratelimit-requests-reset': '2026-11-22T12:00:30Z',
      },
    ],
    { remaining: 1, limit: 11, resetMs: 3_000, scope: 'requests' },
  ],
  [
    'the IETF draft, never more than ten minutes',
    [200, { 'ratelimit-limit': '5', 'ratelimit-remaining': '0', 'ratelimit-reset': '86400' }],
    { remaining: 0, limit: 5, resetMs: 600_000, scope: 'requests' },
  ],
  ['nonsense', [200, { 'x-ratelimit-remaining': 'lots', 'x-ratelimit-reset': 'soon' }], {}],
  ['a picture, which is not looked into', [200, {}, { retry_after: 5 }], {}],
])('the limits are read from %s', (_, given, expected) => {
  expect(read(...given)).toEqual({ ...silent, ...expected })
})
