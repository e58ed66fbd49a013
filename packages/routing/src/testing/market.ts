import { type ModelSpec, type Offer, parseUsd, type Random } from '@halftone/contracts'
import { sampleRequest } from '@halftone/contracts/testing'
import { builtInPolicies } from '../policies.ts'
import { route } from '../route.ts'
import type { Routed, RouteMarket, RouteRequest } from '../types.ts'

type Operations = ModelSpec['operations']

const squares: NonNullable<Operations['generate']> = {
  sizes: { kind: 'list', list: ['512x512', '1024x1024'] },
  n_max: 4,
  mask: 'none',
  images_max: 0,
}

function makeSpec(parts: Partial<ModelSpec> = {}): ModelSpec {
  return {
    provider: 'p',
    model: 'm',
    operations: { generate: squares },
    qualities: [],
    default_quality: null,
    steps: null,
    seed: false,
    modes: ['standard'],
    formats: ['png', 'jpeg', 'webp'],
    prompt_max_chars: 2_000,
    retires_on: null,
    latency_hint_ms: { p50: 1_000, p95: 2_000 },
    quality: {},
    quality_default: 0.7,
    wire: {},
    as_of: '2026-11-22',
    sources: ['test'],
    ...parts,
  }
}

type OfferParts = Partial<Omit<Offer, 'spec' | 'cost' | 'worst'>> & {
  usd?: string | null
  worstUsd?: string
  spec?: Partial<ModelSpec>
}

/** An offer of "provider/model" for so much, healthy and idle but for what the test says. */
export function makeOffer(key: string, { usd = '0.03', worstUsd, spec, ...parts }: OfferParts = {}): Offer {
  const [provider = '', model = ''] = key.split('/')
  const made = makeSpec({ provider, model, ...spec })
  return {
    spec: made,
    operation: 'generate',
    ruleId: usd === null ? null : `rule:${key}`,
    priceVersion: 1,
    cost: usd === null ? null : parseUsd(usd),
    worst: usd === null ? null : parseUsd(worstUsd ?? usd),
    reason: null,
    quality: null,
    latencyMs: made.latency_hint_ms.p95,
    waitMs: 0,
    breaker: 'closed',
    health: 1,
    score: made.quality_default,
    configured: true,
    ...parts,
  }
}

type RequestParts = Partial<Omit<RouteRequest, 'request'>> & { request?: Partial<RouteRequest['request']> }

export function makeRoute({ request, ...parts }: RequestParts = {}): RouteRequest {
  return {
    request: sampleRequest({ prompt: 'a kite', ...request }),
    plausible: [],
    qualityFloor: null,
    maxPerImage: null,
    maxTotal: null,
    latency: null,
    dueMs: 86_400_000,
    policy: 'cheapest',
    compareBy: 'image',
    allow: null,
    deny: [],
    model: null,
    batch: 'auto',
    avoid: [],
    ...parts,
  }
}

export function makeInput(width = 1024, height = 1024) {
  return { fileId: 'file_1', sha256: '00', width, height, format: 'png' } as const
}

export function makeMask(maskedPixels: number) {
  return { ...makeInput(), maskedPixels }
}

const day = Date.parse('2026-11-22')

export function plan(
  offers: Offer[],
  parts: RequestParts = {},
  market: Partial<RouteMarket> & { random?: Random } = {},
): Routed {
  const { random = () => 0.5, ...rest } = market
  return route(makeRoute(parts), { offers, floors: {}, now: day, ...rest }, builtInPolicies, random)
}

export function keyOf(candidate: { provider: string; model: string } | null): string | null {
  return candidate && `${candidate.provider}/${candidate.model}`
}

/** Why one offer is excluded; null = it is not. */
export function reasonOf(routed: Routed, key: string): string | null | undefined {
  return [...routed.ranked, ...routed.excluded].find((candidate) => keyOf(candidate) === key)?.reason
}

/** Chance with a memory: the same numbers on every run. */
export function seeded(seed = 1): Random {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
