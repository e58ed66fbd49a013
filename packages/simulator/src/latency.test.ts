import { expect, test } from 'vitest'
import { createLatency } from './latency.ts'

function drawn(provider: 'openai' | 'replicate', model: string): number[] {
  const latency = createLatency({ seed: '1', factor: 1 })
  return Array.from({ length: 1_000 }, () => latency(provider, model)).sort((a, b) => a - b)
}

test.each([
  ['openai', 'dall-e-4', 2_500],
  ['replicate', 'sd-3.5-turbo', 2_800],
] as const)('%s %s stays under its promised p95', (provider, model, promisedMs) => {
  const times = drawn(provider, model)
  expect(times[950]).toBeLessThan(promisedMs)
  expect(times[500]).toBeGreaterThan(promisedMs * 0.75)
  expect(new Set(times).size).toBeGreaterThan(100)
})

test('factor 0 answers at once', () => {
  expect(createLatency({ seed: '1', factor: 0 })('openai', 'gpt-image-2', 'high')).toBe(0)
})
