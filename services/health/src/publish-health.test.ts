import type { HealthSnapshot, Outcome, Signals } from '@halftone/contracts'
import { silentLogger } from '@halftone/service-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAssessor } from './assess.ts'
import { createHealthPublisher } from './publish-health.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

async function startPublisher() {
  const told: HealthSnapshot[] = []
  let hear: (outcomes: Outcome[]) => void = () => {}
  const signals: Signals = {
    async publish(_, message) {
      told.push(message as HealthSnapshot)
    },
    async subscribe(_, handler) {
      hear = handler as typeof hear
    },
  }
  const assessor = createAssessor([{ provider: 'openai', model: 'a' }], () => 0.5)
  const publisher = createHealthPublisher({ assessor, signals, clock: Date.now, log: silentLogger })
  await publisher.start()
  await vi.advanceTimersByTimeAsync(0)
  const outcome = (verdict: Outcome['verdict']): Outcome => ({
    provider: 'openai',
    model: 'a',
    size: '64x64',
    verdict,
    code: null,
    ms: 10,
  })
  return {
    publisher,
    told,
    hear: (verdict: Outcome['verdict'], n = 1) => hear(Array(n).fill(outcome(verdict))),
  }
}

test('an opened breaker is told within 100 ms, its half-opening when it is due, with rising versions', async () => {
  const { publisher, told, hear } = await startPublisher()
  hear('fault', 5)
  await vi.advanceTimersByTimeAsync(100)
  expect(told.at(-1)?.models[0]?.breaker).toBe('open')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(told.at(-1)?.models[0]?.breaker).toBe('half_open')
  const versions = told.map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
  await publisher.stop(0)
})

test('calls that change nothing are not told, but the whole is repeated every five seconds', async () => {
  const { publisher, told, hear } = await startPublisher()
  for (let i = 0; i < 5; i++) {
    hear('ok')
    await vi.advanceTimersByTimeAsync(200)
  }
  expect(told).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(told).toHaveLength(3)
  await publisher.stop(0)
})
