import type { ModelHealth, Outcome, Random } from '@halftone/contracts'
import { type Breaker, createBreaker } from './breaker.ts'
import { type CallHistory, createCallHistory } from './call-history.ts'

const callsToJudge = 8
const faultsInRowToOpen = 5
/** No call can succeed until somebody acts: nothing is gained by trying on. */
const accountFaults = ['provider_auth', 'provider_out_of_credit']
const modelFaults = ['provider_config']

/** Turns what calls were like into health, latencies and breakers. Pure but for its memory: time and chance are handed in. */
export interface Assessor {
  observe(outcomes: readonly Outcome[], now: number): void
  /** Every known model, coarsely rounded, so that equal views compare equal. */
  models(now: number): ModelHealth[]
  /** When the next breaker turns half open by itself; null = none will. */
  nextChangeAt(now: number): number | null
}

interface Model {
  provider: string
  model: string
  history: CallHistory
  breaker: Breaker
}

/** `models`: those of the catalogue, so that a dead provider's idle models can be closed off too. */
export function createAssessor(
  models: readonly { provider: string; model: string }[],
  random: Random,
): Assessor {
  const known = new Map<string, Model>()
  const modelOf = ({ provider, model }: { provider: string; model: string }): Model => {
    const key = `${provider}/${model}`
    const there = known.get(key)
    if (there) return there
    const made = { provider, model, history: createCallHistory(), breaker: createBreaker(random) }
    known.set(key, made)
    return made
  }
  for (const model of models) modelOf(model)
  const siblings = (provider: string) => [...known.values()].filter((model) => model.provider === provider)

  const observe = (outcome: Outcome, now: number) => {
    if (outcome.verdict === 'neutral') return
    const { history, breaker } = modelOf(outcome)
    const good = outcome.verdict === 'ok'
    history.add(outcome, now)
    if (breaker.state(now) !== 'closed') {
      if (breaker.judge(good, now - outcome.ms, now)) providerIsBack(history, siblings(outcome.provider))
    } else if (accountFaults.includes(outcome.code ?? '')) {
      openClosed(siblings(outcome.provider), now)
    } else if (modelFaults.includes(outcome.code ?? '')) {
      breaker.open(now)
    } else if (!good && isFailing(history, now)) {
      breaker.open(now)
      openIdleSiblings(siblings(outcome.provider), now)
    }
  }

  return {
    observe(outcomes, now) {
      for (const outcome of outcomes) observe(outcome, now)
    },
    models: (now) => [...known.values()].map((model) => describe(model, now)),
    nextChangeAt(now) {
      const times = [...known.values()].flatMap(({ breaker }) => breaker.opensUntil(now) ?? [])
      return times.length > 0 ? Math.min(...times) : null
    },
  }
}

function isFailing(history: CallHistory, now: number): boolean {
  const { calls, faults } = history.recent(now)
  return history.faultsInRow() >= faultsInRowToOpen || (calls >= callsToJudge && faults * 2 > calls)
}

/** When every model of a provider that had traffic is open, the provider is down, and the idle ones are closed off too. */
function openIdleSiblings(models: Model[], now: number): void {
  const { busy = [], idle = [] } = Object.groupBy(models, ({ history }) =>
    history.recent(now).calls > 0 ? 'busy' : 'idle',
  )
  if (busy.every(({ breaker }) => breaker.state(now) === 'open')) openClosed(idle, now)
}

function openClosed(models: Model[], now: number): void {
  for (const { breaker } of models) if (breaker.state(now) === 'closed') breaker.open(now)
}

/** What was only closed off along with others, without a fault of its own, is opened to traffic again. */
function providerIsBack(recovered: CallHistory, models: Model[]): void {
  recovered.forget()
  for (const { breaker, history } of models) if (history.faultsInRow() === 0) breaker.close()
}

function describe({ provider, model, history, breaker }: Model, now: number): ModelHealth {
  const state = breaker.state(now)
  const most = { closed: 1, half_open: 0.1, open: 0 }[state]
  const latency = Object.entries(history.latency()).map(([size, { p50, p95 }]) => [
    size,
    { p50: roundMs(p50), p95: roundMs(p95) },
  ])
  return {
    provider,
    model,
    breaker: state,
    health: Math.min(most, Math.round(history.goodShare(now) * 20) / 20),
    latency_ms: Object.fromEntries(latency),
  }
}

/** Two significant digits: finer steps would be a new market version, and new plans, with every call. */
function roundMs(ms: number): number {
  return Number(ms.toPrecision(2))
}
