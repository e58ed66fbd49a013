import type { BreakerKey, BreakerView } from '@halftone/limits'
import { type ImageProvider, ProviderError } from '@halftone/providers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createProber } from './probe-providers.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const down = new ProviderError('provider_down', 'no', { billed: 'no' })

async function startProber() {
  const told: string[] = []
  const state = {
    fault: null as ProviderError | null,
    lastGood: null as number | null,
    views: [] as BreakerView[],
  }
  let changed = () => {}
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
      onChange: (handler) => {
        changed = handler
      },
    },
    reports: { probe: ({ fault }) => void told.push(`reported ${fault}`) },
    monotonic: () => Date.now(),
    random: () => 0.5,
  })
  await prober.start()
  const open = (...models: (string | null)[]) => {
    const account = { provider: 'replicate', account: 'replicate', reason: '', until: 0 }
    state.views = models.map((model) => ({ ...account, model, state: 'open' }))
    changed()
    return vi.advanceTimersByTimeAsync(0)
  }
  return { told, state, open, prober }
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

test('a dead provider is told from a dead model by a free call, or by a second dead model', async () => {
  const alone = await startProber()
  await alone.open('flux')
  await alone.open('flux')
  expect(alone.told).toEqual(['reported null'])
  await alone.open('flux', 'flux-dev')
  expect(alone.told.at(-1)).toBe('accused replicate/*: its models fail one after the other')
  const dead = await startProber()
  dead.state.fault = down
  await dead.open('flux')
  expect(dead.told.at(-1)).toBe('accused replicate/*: a free call fails too: provider_down')
  await dead.open('flux', null)
  expect(dead.told).toHaveLength(2)
  const working = await startProber()
  working.state.lastGood = Date.now()
  await working.open('flux', 'flux-dev')
  expect(working.told.some((text) => text.startsWith('accused'))).toBe(false)
  for (const { prober } of [alone, dead, working]) await prober.stop(0)
})
