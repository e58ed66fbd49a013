import type { ModelHealth, Outcome } from '@halftone/contracts'
import type { BreakerView } from '@halftone/limits'
import { type CallHistory, createCallHistory } from './call-history.ts'

/** Turns what calls were like into weights and latencies, beside the fleet's breakers. Pure but for its memory. */
export interface Assessor {
  observe(outcomes: readonly Outcome[], now: number): void
  /** Every known model, coarsely rounded, so that equal views compare equal. */
  models(now: number): ModelHealth[]
}

interface Model {
  provider: string
  model: string
  history: CallHistory
  /** What the breaker was at the last look. */
  breaker: ModelHealth['breaker']
}

/** `models`: those of the catalogue, so that idle ones are told of too. `breakers`: those that are not closed. */
export function createAssessor(
  models: readonly { provider: string; model: string }[],
  breakers: () => readonly BreakerView[],
): Assessor {
  const known = new Map<string, Model>()
  const modelOf = ({ provider, model }: { provider: string; model: string }): Model => {
    const key = `${provider}/${model}`
    const there = known.get(key)
    if (there) return there
    const made: Model = { provider, model, history: createCallHistory(), breaker: 'closed' }
    known.set(key, made)
    return made
  }
  for (const model of models) modelOf(model)

  return {
    observe(outcomes, now) {
      for (const outcome of outcomes) modelOf(outcome).history.add(outcome, now)
    },
    models(now) {
      const views = breakers()
      return [...known.values()].map((model) => {
        const view = worst(views.filter((one) => concerns(one, model)))
        const breaker = view?.state ?? 'closed'
        if (breaker === 'closed' && model.breaker !== 'closed') model.history.forget()
        model.breaker = breaker
        return describe(model, view, now)
      })
    },
  }
}

/** An account's breaker holds for all its models. */
function concerns({ provider, model }: BreakerView, one: Model): boolean {
  return provider === one.provider && (model === null || model === one.model)
}

function worst(views: readonly BreakerView[]): BreakerView | null {
  return views.find(({ state }) => state === 'open') ?? views[0] ?? null
}

const healthMost = { closed: 1, half_open: 0.1, open: 0 }

function describe(
  { provider, model, history, breaker }: Model,
  view: BreakerView | null,
  now: number,
): ModelHealth {
  const latency = Object.entries(history.latency(now)).map(([size, { p50, p95 }]) => [
    size,
    { p50: roundMs(p50), p95: roundMs(p95) },
  ])
  const throttled = roundShare(history.throttledShare(now))
  return {
    provider,
    model,
    breaker,
    health: Math.min(healthMost[breaker], roundShare(history.goodShare(now))),
    latency_ms: Object.fromEntries(latency),
    ...(throttled > 0 ? { throttled } : {}),
    ...(view ? { reason: view.reason, until: roundTime(view.until) } : {}),
  }
}

/** Coarse: finer steps would be a new market version, and new plans, with every call. */
function roundMs(ms: number): number {
  return Number(ms.toPrecision(2))
}

function roundShare(share: number): number {
  return Math.round(share * 20) / 20
}

/** Two clocks are compared at every look, and never agree to the millisecond. */
function roundTime(at: number): string {
  return new Date(Math.round(at / 1_000) * 1_000).toISOString()
}
