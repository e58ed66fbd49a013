import type { BreakerState, ModelHealth, ProviderLimits, providerAnswerSchema } from '@halftone/contracts'
import type { MarketView } from '@halftone/market'
import type { z } from 'zod'

type ProviderAnswer = z.infer<typeof providerAnswerSchema>

export interface ProviderFacts {
  configured: ReadonlySet<string>
  depths: readonly { pool: string; waiting: number; running: number }[]
  rateOf(provider: string): ProviderLimits
  simulated: boolean
}

/** Below this share of good outcomes a provider is called degraded. */
const soundHealth = 0.9

export function providerAnswers(view: MarketView, facts: ProviderFacts): ProviderAnswer[] {
  return [...view.providers.keys()].map((id) => {
    const models = [...view.health.values()].filter((model) => model.provider === id)
    const health = mean(models.map((model) => model.health))
    const throttled = rounded(1 - mean(models.map((model) => 1 - (model.throttled ?? 0))))
    const breaker = breakerOf(models)
    const depth = facts.depths.find(({ pool }) => pool === id)
    return {
      id,
      status: facts.configured.has(id)
        ? (view.pools?.get(id) ?? statusOf(models, breaker, health))
        : 'not_configured',
      health,
      weight: rounded(breaker === 'open' || view.pools?.has(id) ? 0 : health * (1 - throttled)),
      breaker,
      breakers: models.flatMap(({ model, breaker: state, reason, until }) =>
        state === 'closed' ? [] : { model, state, reason: reason ?? 'not known', until: until ?? null },
      ),
      throttled,
      probe: probeOf(view, id),
      limits: facts.rateOf(id),
      depth: { waiting: depth?.waiting ?? 0, running: depth?.running ?? 0 },
      simulated: facts.simulated,
    }
  })
}

/** A provider is out when all of its models that were asked for lately are. */
function breakerOf(models: readonly ModelHealth[]): BreakerState {
  if (models.length > 0 && models.every((model) => model.breaker === 'open')) return 'open'
  return models.length > 0 && models.every((model) => model.breaker !== 'closed') ? 'half_open' : 'closed'
}

function statusOf(
  models: readonly ModelHealth[],
  breaker: BreakerState,
  health: number,
): ProviderAnswer['status'] {
  if (breaker === 'open') return 'down'
  return health < soundHealth || models.some((model) => model.breaker !== 'closed') ? 'degraded' : 'up'
}

function probeOf({ probes }: MarketView, id: string): ProviderAnswer['probe'] {
  const last = probes?.get(id)
  return last ? { at: last.at, ms: last.ms, fault: last.fault } : null
}

function rounded(share: number): number {
  return Math.round(share * 1_000) / 1_000
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length
}
