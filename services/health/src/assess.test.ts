import type { Outcome } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { createAssessor } from './assess.ts'

const models = [
  { provider: 'openai', model: 'a' },
  { provider: 'replicate', model: 'b' },
  { provider: 'replicate', model: 'c' },
]
/** A scripted series: one call each 100 ms unless told otherwise. */
function series(random = () => 0.5) {
  const assessor = createAssessor(models, random)
  let now = 1_000_000
  const call = (verdict: Outcome['verdict'], over: Partial<Outcome> = {}) => {
    now += 100
    const made = { provider: 'replicate', model: 'b', size: '512x512', code: null, ms: 50 }
    assessor.observe([{ ...made, verdict, ...over }], now)
  }
  const of = (model: string) => assessor.models(now).find((one) => one.model === model)!
  return {
    assessor,
    call,
    of,
    breaker: (model = 'b') => of(model).breaker,
    times: (n: number, verdict: Outcome['verdict'], over?: Partial<Outcome>) => {
      for (let i = 0; i < n; i++) call(verdict, over)
    },
    pass: (ms: number) => {
      now += ms
    },
    now: () => now,
  }
}

test('five faults in a row open the breaker; four do not', () => {
  const { times, breaker } = series()
  times(4, 'fault')
  expect(breaker()).toBe('closed')
  times(1, 'fault')
  expect(breaker()).toBe('open')
})

test('more than half faults among at least eight calls of the last minute open it; half does not', () => {
  const { call, breaker } = series()
  const script = (text: string) => {
    for (const letter of text) call(letter === 'o' ? 'ok' : 'fault')
  }
  script('oxoxoxox')
  expect(breaker()).toBe('closed')
  script('x')
  expect(breaker()).toBe('open')

  const later = series()
  for (const letter of 'xxxoxxx') later.call(letter === 'o' ? 'ok' : 'fault')
  later.pass(61_000)
  later.call('fault')
  expect(later.breaker()).toBe('closed')
})

test('refusals, callers’ mistakes and 429s never open it, nor lower health', () => {
  const { times, of } = series()
  for (const code of ['content_policy', 'invalid_request', 'rate_limited']) times(50, 'neutral', { code })
  expect(of('b')).toMatchObject({ breaker: 'closed', health: 1 })
})

test('it half-opens after ten seconds, closes after two good calls that began since, and starts afresh', () => {
  const { times, call, breaker, pass, of } = series()
  times(5, 'fault')
  pass(9_500)
  expect(breaker()).toBe('open')
  pass(600)
  expect(of('b')).toMatchObject({ breaker: 'half_open', health: 0.1 })
  call('fault', { ms: 30_000 })
  call('ok', { ms: 30_000 })
  expect(breaker(), 'calls that began before tell nothing').toBe('half_open')
  call('ok')
  expect(breaker()).toBe('half_open')
  call('ok')
  expect(of('b')).toMatchObject({ breaker: 'closed', health: 1 })
  times(4, 'fault')
  expect(breaker()).toBe('closed')
})

test('a fault while half open opens it for twice as long, at most two minutes, spread by chance', () => {
  const { times, call, pass, assessor, now } = series(() => 0)
  times(5, 'fault')
  const lengths: number[] = []
  for (let i = 0; i < 6; i++) {
    const until = assessor.nextChangeAt(now())!
    lengths.push(until - now())
    pass(until - now())
    call('fault')
  }
  expect(lengths).toEqual([8_000, 16_000, 32_000, 64_000, 96_000, 96_000])
})

test('a provider whose busy models are all open is down as a whole, and comes back as a whole', () => {
  const { times, breaker, pass, call } = series()
  times(5, 'fault')
  expect([breaker('b'), breaker('c'), breaker('a')]).toEqual(['open', 'open', 'closed'])
  pass(10_100)
  expect(breaker('c')).toBe('half_open')
  call('ok')
  call('ok')
  expect([breaker('b'), breaker('c')]).toEqual(['closed', 'closed'])
})

test('a model that fails alone does not take its neighbours with it', () => {
  const { times, call, breaker } = series()
  call('ok', { model: 'c' })
  times(5, 'fault')
  expect([breaker('b'), breaker('c')]).toEqual(['open', 'closed'])
})

test('a refused key opens all models of the provider at once, an unknown model only itself', () => {
  const auth = series()
  auth.call('fault', { code: 'provider_auth' })
  expect([auth.breaker('b'), auth.breaker('c'), auth.breaker('a')]).toEqual(['open', 'open', 'closed'])
  const config = series()
  config.call('fault', { code: 'provider_config' })
  expect([config.breaker('b'), config.breaker('c')]).toEqual(['open', 'closed'])
})

test('latencies come from good calls, by size and for any size, once there are ten', () => {
  const { call, of } = series()
  for (let i = 1; i <= 9; i++) call('ok', { ms: i * 100 })
  expect(of('b').latency_ms).toEqual({})
  for (let i = 10; i <= 20; i++) call('ok', { ms: i * 100 })
  call('fault', { ms: 180_000 })
  call('ok', { ms: 5_000, size: '64x64' })
  expect(of('b').latency_ms).toEqual({
    '512x512': { p50: 1_000, p95: 1_900 },
    any: { p50: 1_100, p95: 2_000 },
  })
})

test('health forgets: a fault weighs half as much after a minute', () => {
  const { call, of, pass } = series()
  call('fault')
  const fresh = of('b').health
  pass(120_000)
  expect(of('b').health).toBeGreaterThan(fresh)
})
