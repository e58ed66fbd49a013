import { randomUUID } from 'node:crypto'
import type { Component, Random } from '@halftone/contracts'
import {
  accountFaults,
  type BreakerKey,
  type Breakers,
  breakerId,
  type CallVerdict,
  type FaultRun,
  type Gate,
  modelFaults,
} from './breaker.ts'
import { createFleet, type FleetOptions, type Probe } from './fleet.ts'
import {
  createLocalBreaker,
  createRotation,
  type LocalBreaker,
  type ResetTimes,
  spread,
} from './local-breaker.ts'
import { followFleet, type WatchTimes } from './watch.ts'

const resetDefault: ResetTimes = { firstMs: 10_000, maxMs: 120_000 }

const faultsToTell = 3
const faultsKept = 20

export interface BreakersOptions extends Omit<FleetOptions, 'reset'>, WatchTimes {
  /** Providers whose calls this process makes. */
  serving: readonly string[]
  random: Random
  reset?: ResetTimes
}

/** One breaker's part in a pass. */
interface Part {
  key: BreakerKey
  local: LocalBreaker
  /** Of the fleet's breaker when the call began. */
  epoch: number
  /** The fleet's probe, if this call is it. */
  probe: Probe | null
  /** This process's own try, if this call is it. */
  trying: boolean
}

export function createBreakers(options: BreakersOptions): Breakers & Component {
  const { random, monotonic, reset = resetDefault, onFault = () => {} } = options
  const fleet = createFleet({ ...options, reset })
  const locals = new Map<string, { breaker: LocalBreaker; epoch: number }>()
  const probesOut = new Map<string, { key: BreakerKey; token: string }>()
  const good = new Map<string, number>()
  const faults = new Map<string, string[]>()
  const faultHandlers: ((run: FaultRun) => void)[] = []
  const { rotation, everyMs } = createRotation()
  let turning: NodeJS.Timeout | undefined

  const keepProbes = () => {
    for (const { key, token } of probesOut.values()) fleet.keepProbe(key, token).catch(onFault)
  }
  const view = followFleet(fleet, { ...options, onBeat: keepProbes }, onFault)

  /** This process's breaker; what it counted is forgotten with every change of the fleet's. */
  const localOf = (key: BreakerKey): { breaker: LocalBreaker; epoch: number } => {
    const id = breakerId(key)
    const epoch = view.known(id)?.epoch ?? 0
    let own = locals.get(id)
    if (!own) {
      own = { breaker: createLocalBreaker({ rotation, clock: monotonic, random, reset }), epoch }
      locals.set(id, own)
    }
    if (epoch > own.epoch) own.breaker.reset()
    own.epoch = epoch
    return own
  }

  const enter = async (key: BreakerKey): Promise<Part | Extract<Gate, { kind: 'shut' }>> => {
    const { breaker: local, epoch } = localOf(key)
    const known = view.isStale() ? null : view.known(breakerId(key))
    if (known?.open) {
      if (monotonic() < known.until) return { kind: 'shut', by: 'fleet', reason: known.reason }
      const token = randomUUID()
      const probe = await fleet.takeProbe(key, token).catch((error: unknown) => void onFault(error))
      if (!probe) return { kind: 'shut', by: 'fleet', reason: `on probation after: ${known.reason}` }
      probesOut.set(token, { key, token })
      return { key, local, epoch: probe.epoch, probe, trying: false }
    }
    const state = local.state()
    const trying = state === 'half_open' && local.tryOut()
    if (state === 'closed' || trying) return { key, local, epoch, probe: null, trying }
    return { kind: 'shut', by: 'local', reason: 'calls from this process failed one after the other' }
  }

  const leave = async ({ key, local, probe, trying }: Part): Promise<void> => {
    if (trying) local.letGo()
    if (!probe) return
    probesOut.delete(probe.token)
    await fleet.dropProbe(key, probe.token).catch(onFault)
  }

  const judge = async (part: Part, verdict: CallVerdict): Promise<void> => {
    const { key, local, epoch, probe } = part
    const code = verdict.code ?? 'fault'
    if (verdict.health === 'neutral') return leave(part)
    const isGood = verdict.health === 'ok'
    if (probe) {
      probesOut.delete(probe.token)
      await fleet.judge(key, probe, isGood, `its probe failed: ${code}`, spread(random)).catch(onFault)
      return
    }
    // the breaker moved on since the call began: what it tells is old
    if ((view.known(breakerId(key))?.epoch ?? 0) > epoch) return leave(part)
    const grave = key.model === null ? accountFaults : modelFaults
    if (!isGood && grave.includes(code)) {
      await fleet.vote(key, epoch, true, code, spread(random)).catch(onFault)
      return leave(part)
    }
    // a class's own faults do not speak against the account: its other classes may be well
    if (key.model === null && !isGood) return leave(part)
    if (!(await local.record(isGood))) return
    await fleet.vote(key, epoch, false, `calls fail: ${code}`, spread(random)).catch(onFault)
  }

  const note = (key: BreakerKey & { model: string }, health: CallVerdict['health']) => {
    const account = { ...key, model: null }
    const id = breakerId(account)
    if (health === 'ok') {
      good.set(id, monotonic())
      faults.delete(id)
    }
    if (health !== 'fault') return
    const run = [...(faults.get(id) ?? []), key.model].slice(-faultsKept)
    faults.set(id, run)
    if (run.length < faultsToTell) return
    for (const handler of faultHandlers) handler({ account, faults: run.length, models: new Set(run).size })
  }

  return {
    ...view,
    async start() {
      await view.start()
      turning = setInterval(() => rotation.emit('rotate'), everyMs)
      turning.unref()
    },
    async stop(deadline) {
      clearInterval(turning)
      for (const { breaker } of locals.values()) breaker.stop()
      await view.stop(deadline)
    },
    async gate(key) {
      const account = await enter({ ...key, model: null })
      if ('kind' in account) return account
      const model = await enter(key)
      if ('kind' in model) {
        await leave(account)
        return model
      }
      const parts = [account, model]
      let over = false
      const once = async (work: (part: Part) => Promise<void>) => {
        if (over) return
        over = true
        await Promise.all(parts.map(work))
      }
      return {
        kind: 'pass',
        pass: {
          probe: parts.some(({ probe }) => probe !== null),
          async record(verdict) {
            note(key, verdict.health)
            await once((part) => judge(part, verdict))
          },
          release: () => once(leave),
        },
      }
    },
    async probed(key, fault) {
      const { breaker, epoch } = localOf(key)
      if (view.known(breakerId(key))?.open) return
      if (fault !== null && accountFaults.includes(fault))
        await fleet.vote(key, epoch, true, fault, spread(random)).catch(onFault)
      else if (await breaker.record(fault === null))
        await fleet.vote(key, epoch, false, `free probes fail: ${fault}`, spread(random)).catch(onFault)
    },
    async accuse(key, reason) {
      const { epoch } = localOf(key)
      await fleet.vote(key, epoch, false, reason, spread(random)).catch(onFault)
    },
    onFaults: (handler) => void faultHandlers.push(handler),
    lastGood: (key) => good.get(breakerId({ ...key, model: null })) ?? null,
  }
}
