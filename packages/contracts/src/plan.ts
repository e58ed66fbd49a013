import type { ContentType } from './content-types.ts'
import type { Nano } from './money.ts'

/** One way to do a job, with what it would cost and whether it may be chosen. Also the `candidates` of answers. */
export interface Candidate {
  provider: string
  model: string
  /** The price rule's operation: `generate`, `edit`, `inpaint`, … */
  operation: string
  /** The quality that would be asked for; null where the model has none. */
  quality_asked: string | null
  rule_id: string | null
  /** Version of the price rule that the cost was computed with. */
  price_version: number | null
  /** Expected cost of the whole job (all n). null = the price is not known. */
  cost_nano: Nano | null
  /** The most it can cost: this is what must be held. */
  worst_nano: Nano | null
  /** Cost at list price, before discounts of this account. */
  expected_ms: number
  quality: number
  /** Inference steps that would be run; null or absent: the model has no such setting. */
  steps?: number | null
  batch: boolean
  eligible: boolean
  /** Why not, in words for a person; null if eligible. */
  reason: string | null
}

/** The choice for one job, with all that was weighed. Kept once per request shape and market version. */
export interface Plan {
  /** null: nobody may do it now. */
  choice: Candidate | null
  /** Eligible ones, best first. */
  ranked: Candidate[]
  excluded: Candidate[]
  /** One sentence for people. */
  summary: string
  policy: string
  /** What the content type had to do with it; absent or null: nothing. */
  affinity?: Affinity | null
}

/** What it is worth to know what a picture is of: somebody good enough for that may be cheaper than one good at all. */
export interface Affinity {
  labels: readonly ContentType[]
  /** The least quality accepted for these. */
  floor: number
  /** The cheapest that could do the job and is good enough for every content type; null: there is none. */
  all_rounder: { provider: string; model: string; cost_nano: Nano } | null
}

/** A candidate on the wire: money as decimal strings. */
export interface CandidateAnswer {
  provider: string
  model: string
  operation: string
  cost_usd: string | null
  cost_per_image_usd: string | null
  cost_per_megapixel_usd: string | null
  cost_per_step_usd: string | null
  expected_ms: number
  quality: number
  batch: boolean
  eligible: boolean
  reason: string | null
}
