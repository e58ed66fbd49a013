import type { HealthSnapshot, Outcome, ProbeResult, Signals } from '@halftone/contracts'
import type { BreakerView } from '@halftone/limits'
import { silentLogger } from '@halftone/service-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAssessor } from './assess.ts'
import { createHealthPublisher } from './publish-health.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

async function startPublisher() {
  const told: HealthSnapshot[] = []
  const ears = new Map<string, (message: never) => void>()
  const views: BreakerView[] = []
  let breakersChanged = () => {}
  const signals: Signals = {
    async publish(_, message) {
      told.push(message as HealthSnapshot)
    },
    async subscribe(name, handler) {
      ears.set(name, handler)
    },
  }
  const assessor = createAssessor([{ provider: 'openai', model: 'a' }], () => views)
  const breakers = {
    onChange: (handler: () => void) => {
      breakersChanged = handler
    },
  }
  const publisher = createHealthPublisher({
    assessor,
    breakers,
    signals,
    clock: Date.now,
    log: silentLogger,
  })
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
    hear: (verdict: Outcome['verdict'], n = 1) =>
      ears.get('outcomes')?.(Array(n).fill(outcome(verdict)) as never),
    probe: (result: ProbeResult) => ears.get('probe')?.(result as never),
    breaker(state: BreakerView['state'] | 'closed') {
      const account = { provider: 'openai', account: 'openai', model: null }
      views.splice(0)
      if (state !== 'closed') views.push({ ...account, state, reason: 'why', until: Date.now() })
      breakersChanged()
    },
  }
}

test('a change of a breaker is told within 100 ms, with rising versions', async () => {
  const { publisher, told, breaker } = await startPublisher()
  for (const state of ['open', 'half_open', 'closed'] as const) {
    breaker(state)
    await vi.advanceTimersByTimeAsync(100)
    expect(told.at(-1)?.models[0]).toMatchObject({
      breaker: state,
      ...(state === 'closed' ? {} : { reason: 'why' }),
    })
  }
  const versions = told.map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
  await publisher.stop(0)
})

test('the last free call to a provider is told with the next snapshot', async () => {
  const { publisher, told, probe } = await startPublisher()
  const result = { provider: 'openai', at: 'then', ms: 3, fault: 'provider_down' }
  probe({ ...result, fault: null })
  probe(result)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(told.at(-1)?.probes).toEqual([result])
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
