import type {
  Candidate,
  ContentType,
  Floors,
  ImageRequest,
  Nano,
  Offer,
  Plan,
  Random,
} from '@halftone/contracts'

/** Everything about a job that may change the choice; jobs with an equal shape share a plan. */
export interface RouteRequest {
  request: ImageRequest
  /** Labels whose floors all apply. */
  plausible: readonly ContentType[]
  /** The caller's own floor; it replaces the defaults. */
  qualityFloor: number | null
  /** The project's own floors by content type; they go before the market's. Absent: none. */
  floors?: Floors
  maxPerImage: Nano | null
  /** The most the job may cost. */
  maxTotal: Nano | null
  latency: { maxMs: number; onMiss: 'run' | 'fail' } | null
  /** Milliseconds left until the deadline. */
  dueMs: number
  policy: string
  compareBy: 'image' | 'megapixel' | 'megapixel_step'
  /** Provider ids or provider/model keys; null = all. */
  allow: readonly string[] | null
  deny: readonly string[]
  /** Pinned provider/model key. */
  model: string | null
  batch: 'auto' | 'never' | 'only'
  /** Provider ids or provider/model keys that already failed this job. */
  avoid: readonly string[]
  /** provider/model keys of half-open breakers that this job may be the one probe of; absent: none. */
  probes?: readonly string[]
  /** What a quote promised. Absent or null: there is none. */
  quote?: QuoteTerms | null
}

export interface QuoteTerms {
  /** What it may be expected to cost; null: more is paid by the operator. */
  within: Nano | null
}

export interface RouteMarket {
  offers: readonly Offer[]
  /** Least quality by content type. */
  floors: Floors
  /** Epoch ms; for retirement dates. */
  now: number
}

export interface PolicyContext {
  route: RouteRequest
  /** 0..1: share of good outcomes lately, less the share of calls that were told to wait. */
  healthOf(candidate: Candidate): number
  random: Random
}

/**
 * Orders the eligible candidates, best first. Pure: chance is handed in, and drawn before the first is given. An array
 * will do; a generator spares the sorting of the rest, since mostly the first alone is wanted. An operator adds one as
 * a module.
 */
export type RoutePolicy = (eligible: readonly Candidate[], context: PolicyContext) => Iterable<Candidate>

export interface Routed extends Plan {
  /** The choice cannot meet the asked latency now, and `on_miss` is `run`. */
  latencyMissed: boolean
}
