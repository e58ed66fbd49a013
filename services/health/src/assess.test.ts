import type { Outcome } from '@halftone/contracts'
import type { BreakerView } from '@halftone/limits'
import { expect, test } from 'vitest'
import { createAssessor } from './assess.ts'

const models = [
  { provider: 'openai', model: 'a' },
  { provider: 'replicate', model: 'b' },
  { provider: 'replicate', model: 'c' },
]
/** A scripted series: one call each ms. */
function series() {
  let views: BreakerView[] = []
  const assessor = createAssessor(models, () => views)
  let now = 1_000_000
  const call = (verdict: Outcome['verdict'], over: Partial<Outcome> = {}) => {
    now += 1
    const made = { provider: 'replicate', model: 'b', size: '512x512', code: null, ms: 50 }
    assessor.observe([{ ...made, verdict, ...over }], now)
  }
  return {
    call,
    of: (model: string) => assessor.models(now).find((one) => one.model === model)!,
    times: (n: number, verdict: Outcome['verdict'], over?: Partial<Outcome>) => {
      for (let i = 0; i < n; i++) call(verdict, over)
    },
    breaker(model: string | null, state: BreakerView['state']) {
      views = [
        {
          provider: 'replicate',
          account: 'replicate',
          model,
          state,
          reason: 'why',
          until: 1_700_000_000_123,
        },
      ]
    },
    close: () => {
      views = []
    },
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('a model’s breaker is its own, an account’s is that of all its models', () => {
  const { breaker, of } = series()
  const states = () => ['a', 'b', 'c'].map((model) => of(model).breaker)
  breaker('b', 'open')
  expect(states()).toEqual(['closed', 'open', 'closed'])
  expect(of('b')).toMatchObject({ health: 0, reason: 'why', until: '2023-11-14T22:13:20.000Z' })
  breaker(null, 'half_open')
  expect(states()).toEqual(['closed', 'half_open', 'half_open'])
  expect(of('c').health).toBe(0.1)
})

test('when a breaker closes the trouble before is forgotten, latencies are not', () => {
  const { times, breaker, close, of } = series()
  times(10, 'ok')
  times(30, 'fault')
  expect(of('b').health).toBeLessThan(0.5)
  breaker('b', 'open')
  expect(of('b').health).toBe(0)
  close()
  expect(of('b')).toMatchObject({ breaker: 'closed', health: 1, latency_ms: { any: { p50: 50 } } })
})

test('refusals and callers’ mistakes do not lower health; 429s are told beside it', () => {
  const { times, of } = series()
  for (const code of ['content_policy', 'invalid_request']) times(50, 'neutral', { code })
  expect(of('b')).not.toHaveProperty('throttled')
  times(50, 'neutral', { code: 'rate_limited' })
  expect(of('b')).toMatchObject({ health: 1 })
  expect(of('b').throttled).toBeGreaterThan(0.9)
})

test('latencies come from good calls, by size and for any size, once there are ten', () => {
  const { call, of } = series()
  for (let i = 1; i <= 9; i++) call('ok', { ms: i * 100 })
  expect(of('b').latency_ms).toEqual({})
  for (let i = 10; i <= 20; i++) call('ok', { ms: i * 100 })
  call('fault', { ms: 180_000 })
  for (let i = 0; i < 2; i++) call('ok', { ms: 5_000, size: '64x64' })
  expect(of('b').latency_ms).toEqual({
    '512x512': { p50: 1_100, p95: 2_000 },
    any: { p50: 1_200, p95: 5_000 },
  })
})

test('latencies follow: what was an hour ago weighs next to nothing', () => {
  const { times, of, pass } = series()
  times(100, 'ok', { ms: 9_000 })
  pass(3_600_000)
  times(20, 'ok', { ms: 1_000 })
  expect(of('b').latency_ms.any).toEqual({ p50: 1_000, p95: 1_000 })
})

test('health forgets: a fault weighs half as much after a minute', () => {
  const { call, of, pass } = series()
  call('fault')
  const fresh = of('b').health
  pass(120_000)
  expect(of('b').health).toBeGreaterThan(fresh)
})
