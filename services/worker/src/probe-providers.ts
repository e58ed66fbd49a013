import type { Component, Random } from '@halftone/contracts'
import type { BreakerKey, Breakers, FaultRun } from '@halftone/limits'
import type { ImageProvider } from '@halftone/providers'
import { freeCall } from './gate.ts'
import type { Reports } from './report.ts'

const everyMs = 15_000
/** A provider that made a picture this lately needs no free call to be known well. */
const knownWellMs = 30_000

/** So many faults in a row, of two models or more, speak against the account though a free call goes well. */
const faultsOfModels = 5

/**
 * Free calls, so that an idle provider's trouble is known before a job finds out, and so that a dead provider is told
 * from one dead model: when calls fail in a row, whatever their model, and a free call fails too, this process votes
 * for closing the account off as a whole. Else every model would cost some job its tries.
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
  const suspected = new Set<string>()

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
  const suspect = async ({ account, faults, models }: FaultRun) => {
    const { provider } = account
    const isKnown = breakers.states().some((one) => one.provider === provider && one.model === null)
    if (isKnown || suspected.has(provider)) return
    suspected.add(provider)
    try {
      const fault = await ask(provider)
      if (fault !== null) await breakers.accuse(account, `calls fail, and a free one too: ${fault}`)
      else if (faults >= faultsOfModels && models > 1)
        await breakers.accuse(account, 'calls of all its models fail')
    } finally {
      suspected.delete(provider)
    }
  }
  const schedule = (provider: string) => {
    const next = () => {
      void look(provider)
      schedule(provider)
    }
    timers.set(provider, setTimeout(next, everyMs * (0.5 + random())))
  }
  return {
    name: 'prober',
    async start() {
      breakers.onFaults((run) => void suspect(run))
      for (const pool of pools) schedule(pool)
    },
    async stop() {
      for (const timer of timers.values()) clearTimeout(timer)
      // a free call that is out may be cut by the end of the process
    },
  }
}
