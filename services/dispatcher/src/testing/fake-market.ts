import {
  type BreakerState,
  type ModelSpec,
  modelSpecSchema,
  type Nano,
  type Offer,
  type PoolState,
} from '@halftone/contracts'

export interface FakeModel {
  provider: string
  cost: Nano
  worst?: Nano
  p50Ms: number
  p95Ms: number
  perMinute: number
  concurrent: number
  breaker: BreakerState
  /** The operator's word. */
  pool: PoolState
  /** The account is stopped until then, in the fixture's time. */
  stoppedUntil: number
  /** Of its rate, what is left after refusals. */
  share: number
  priceVersion: number
}

/** One model per provider, able to do everything, changed by the test between rounds. */
export function createFakeMarket(models: Record<string, Pick<FakeModel, 'cost'> & Partial<FakeModel>>) {
  const state = {
    version: 1,
    models: new Map(
      Object.entries(models).map(([provider, given]): [string, FakeModel] => [
        provider,
        {
          provider,
          p50Ms: 2_000,
          p95Ms: 3_000,
          perMinute: 600,
          concurrent: 48,
          breaker: 'closed',
          pool: 'active',
          stoppedUntil: 0,
          share: 1,
          priceVersion: 1,
          ...given,
        },
      ]),
    ),
  }
  return {
    get version() {
      return state.version
    },
    models: state.models,
    change(provider: string, change: Partial<FakeModel>) {
      Object.assign(state.models.get(provider)!, change)
      state.version++
    },
    offers: (): Offer[] => [...state.models.values()].map(offerOf),
    pools: () =>
      new Map(
        [...state.models].flatMap(([id, { pool }]) => (pool === 'active' ? [] : [[id, pool] as const])),
      ),
    health: () =>
      new Map(
        [...state.models.values()].map((model) => [
          `${model.provider}/m`,
          { provider: model.provider, model: 'm', breaker: model.breaker, health: 1, latency_ms: {} },
        ]),
      ),
  }
}

function offerOf(model: FakeModel): Offer {
  return {
    spec: specOf(model),
    operation: 'generate',
    ruleId: `${model.provider}/m/generate`,
    priceVersion: model.priceVersion,
    cost: model.cost,
    worst: model.worst ?? model.cost,
    reason: null,
    quality: null,
    latencyMs: model.p95Ms,
    waitMs: 0,
    breaker: model.breaker,
    ...(model.pool === 'active' ? {} : { poolState: model.pool }),
    health: 1,
    score: 1,
    configured: true,
  }
}

function specOf(model: FakeModel): ModelSpec {
  return modelSpecSchema.parse({
    provider: model.provider,
    model: 'm',
    operations: { generate: { sizes: { kind: 'list', list: ['1024x1024'] }, n_max: 4 } },
    qualities: [],
    default_quality: null,
    steps: null,
    seed: false,
    modes: ['standard'],
    formats: ['png'],
    prompt_max_chars: 4_000,
    retires_on: null,
    latency_hint_ms: { p50: model.p50Ms, p95: model.p95Ms },
    quality: {},
    quality_default: 1,
    wire: {},
    as_of: '2026-11-22',
    sources: ['made up'],
  })
}
