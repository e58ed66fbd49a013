import type { BreakerKey, BreakerView, FaultRun } from '@halftone/limits'
import { type ImageProvider, ProviderError } from '@halftone/providers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createProber } from './probe-providers.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const whole = { provider: 'replicate', account: 'replicate', model: null }
const down = new ProviderError('provider_down', 'no', { billed: 'no' })

async function startProber() {
  const told: string[] = []
  const state = {
    fault: null as ProviderError | null,
    lastGood: null as number | null,
    views: [] as BreakerView[],
  }
  let hear: (run: FaultRun) => void = () => {}
  const provider: ImageProvider = {
    id: 'replicate',
    recoverability: 'blind',
    start: () => Promise.reject(new Error('nothing is paid here')),
    async probe() {
      if (state.fault) throw state.fault
    },
  }
  const name = ({ provider: id, model }: BreakerKey) => `${id}/${model ?? '*'}`
  const prober = createProber({
    providers: new Map([['replicate', provider]]),
    pools: ['replicate'],
    breakers: {
      gate: () => Promise.reject(new Error('not asked')),
      probed: async (key, fault) => void told.push(`probed ${name(key)} ${fault}`),
      accuse: async (key, reason) => void told.push(`accused ${name(key)}: ${reason}`),
      lastGood: () => state.lastGood,
      states: () => state.views,
      onChange: () => {},
      onFaults: (handler) => {
        hear = handler
      },
    },
    reports: { probe: ({ fault }) => void told.push(`reported ${fault}`) },
    monotonic: () => Date.now(),
    random: () => 0.5,
  })
  await prober.start()
  const fail = (faults: number, models: number) => {
    hear({ account: whole, faults, models })
    return vi.advanceTimersByTimeAsync(0)
  }
  return { told, state, fail, prober }
}

test('an idle provider is asked for free every quarter of a minute, one that just worked is not', async () => {
  const { told, state, prober } = await startProber()
  await vi.advanceTimersByTimeAsync(15_000)
  state.fault = down
  await vi.advanceTimersByTimeAsync(15_000)
  expect(told).toEqual([
    'reported null',
    'probed replicate/* null',
    'reported provider_down',
    'probed replicate/* provider_down',
  ])
  state.lastGood = Date.now()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(told).toHaveLength(4)
  await prober.stop(0)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toHaveLength(4)
})

test('a dead provider is told from a dead model by a free call, or by five faults of several models', async () => {
  const alone = await startProber()
  await alone.fail(20, 1)
  await alone.fail(4, 2)
  expect(alone.told).toEqual(['reported null', 'reported null'])
  await alone.fail(5, 2)
  expect(alone.told.at(-1)).toBe('accused replicate/*: calls of all its models fail')
  const dead = await startProber()
  dead.state.fault = down
  await dead.fail(3, 1)
  expect(dead.told.at(-1)).toBe('accused replicate/*: calls fail, and a free one too: provider_down')
  dead.state.views = [{ ...whole, state: 'open', reason: '', until: 0 }]
  await dead.fail(4, 1)
  expect(dead.told, 'it is closed off already').toHaveLength(2)
  for (const { prober } of [alone, dead]) await prober.stop(0)
})
