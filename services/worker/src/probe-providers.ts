import type { Component, Random } from '@halftone/contracts'
import type { BreakerKey, Breakers } from '@halftone/limits'
import type { ImageProvider } from '@halftone/providers'
import { freeCall } from './gate.ts'
import type { Reports } from './report.ts'

const everyMs = 15_000
/** A provider that made a picture this lately needs no free call to be known well. */
const knownWellMs = 30_000

/**
 * Free calls, so that an idle provider's trouble is known before a job finds out, and so that one dead model is told
 * from a dead provider: when a model's breaker opens and a free call fails too, or another model's is open already
 * and nothing worked lately, this process votes for closing the account off as a whole.
 */
export function createProber(options: {
  providers: ReadonlyMap<string, ImageProvider>
  pools: readonly string[]
  breakers: Breakers
  reports: Pick<Reports, 'probe'>
  monotonic(): number
  random: Random
}): Component {
  const { providers, pools, breakers, reports, monotonic, random } = options
  const timers = new Map<string, NodeJS.Timeout>()
  const asking = new Set<Promise<void>>()
  let suspected = new Set<string>()

  const wholeOf = (provider: string): BreakerKey => ({ provider, account: provider, model: null })
  const isKnownWell = (provider: string) =>
    monotonic() - (breakers.lastGood(wholeOf(provider)) ?? Number.NEGATIVE_INFINITY) < knownWellMs
  const ask = async (provider: string): Promise<string | null> => {
    const begun = monotonic()
    const fault = await freeCall(providers.get(provider)!)
    reports.probe({ provider, fault, ms: Math.round(monotonic() - begun), at: new Date().toISOString() })
    return fault
  }
  const look = async (provider: string) => {
    if (!isKnownWell(provider)) await breakers.probed(wholeOf(provider), await ask(provider))
  }
  const suspect = async (provider: string, openModels: number) => {
    const fault = await ask(provider)
    if (fault !== null) await breakers.accuse(wholeOf(provider), `a free call fails too: ${fault}`)
    else if (openModels > 1 && !isKnownWell(provider))
      await breakers.accuse(wholeOf(provider), 'its models fail one after the other')
  }
  const track = (work: Promise<void>) => {
    asking.add(work)
    work.finally(() => asking.delete(work))
  }
  const schedule = (provider: string) => {
    const next = () => {
      track(look(provider))
      schedule(provider)
    }
    timers.set(provider, setTimeout(next, everyMs * (0.5 + random())))
  }
  const onBreakers = () => {
    const views = breakers.states()
    const open = views.filter(({ state, model }) => state === 'open' && model !== null)
    const wholes = new Set(views.flatMap(({ provider, model }) => (model === null ? provider : [])))
    for (const { provider, model } of open) {
      const known = suspected.has(`${provider}/${model}`) || wholes.has(provider) || !pools.includes(provider)
      if (!known) track(suspect(provider, open.filter((one) => one.provider === provider).length))
    }
    suspected = new Set(open.map(({ provider, model }) => `${provider}/${model}`))
  }
  return {
    name: 'prober',
    async start() {
      breakers.onChange(onBreakers)
      for (const pool of pools) schedule(pool)
    },
    async stop() {
      for (const timer of timers.values()) clearTimeout(timer)
      // a free call that is out may be cut by the end of the process
    },
  }
}
