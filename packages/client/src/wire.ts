// Written from packages/contracts by write-wire-types.ts: do not edit. The published package stands alone, and
// contracts are private. Money is a decimal string in USD.

export interface JobInput {
  operation?: 'generate' | 'edit' | 'variation'
  prompt?: string
  size?: string
  n?: number
  steps?: number
  quality?: 'low' | 'medium' | 'high' | 'auto'
  format?: 'png' | 'jpeg' | 'webp'
  seed?: number
  mode?: 'standard' | 'turbo' | 'lcm'
  background?: 'transparent' | 'opaque'
  output_compression?: number
  moderation?: 'low'
  input_fidelity?: 'low' | 'high'
  partial_images?: number
  content_type?:
    | 'anime_comic'
    | 'concept_art'
    | 'illustration'
    | 'infographic'
    | 'logo'
    | 'photo_scene'
    | 'portrait'
    | 'product_photo'
    | 'render_3d'
    | 'text_poster'
    | 'ui_icon'
    | 'photorealistic'
    | 'typography'
  image?: string | string[]
  mask?: string
  mask_edits?: 'transparent' | 'white' | 'black'
  mask_template?:
    | 'center_square'
    | 'center_circle'
    | 'left_half'
    | 'right_half'
    | 'top_half'
    | 'bottom_half'
    | 'left_third'
    | 'right_third'
    | 'upper_third'
    | 'lower_third'
    | 'top_banner'
    | 'bottom_banner'
    | 'bottom_right_corner'
    | 'background_frame'
  select_prompt?: string
  edit_kind?:
    | 'inpaint'
    | 'outpaint'
    | 'erase'
    | 'search-and-replace'
    | 'search-and-recolor'
    | 'remove-background'
    | 'style-transfer'
    | 'style-guide'
    | 'structure'
    | 'sketch'
    | 'upscale'
    | 'background'
    | 'object'
    | 'text'
    | 'style'
    | 'extend'
  budget?: {
    max_cost_per_image_usd?: string
    max_cost_usd?: string
    max_chain_usd?: string
  }
  latency?: {
    max_ms: number
    on_miss?: 'run' | 'fail'
  }
  parent_job_id?: string
  deadline?: string
  run_at?: string
  quality_floor?: number
  routing?: {
    policy?: string
    compare_by?: 'image' | 'megapixel' | 'megapixel_step'
    allow?: string[]
    deny?: string[]
    model?: string
    batch?: 'auto' | 'never' | 'only'
    on_unknown?: 'auto' | 'hold' | 'resubmit'
  }
  webhook?:
    | {
        url: string
      }
    | {
        endpoint_id: string
      }
  metadata?: Record<string, string | number | boolean>
  quote_id?: string
  priority?: number
}

export interface BulkInput {
  defaults?: Record<string, unknown>
  budget?: {
    max_cost_usd: string
  }
  deadline?: string
  webhook?:
    | {
        url: string
      }
    | {
        endpoint_id: string
      }
  webhook_mode?: 'job' | 'bulk' | 'both'
  quote_id?: string
  metadata?: Record<string, string | number | boolean>
}

export interface PublicError {
  code: string
  message: string
  next: string | null
  field?: string
  limit?: string | number
}

export interface Candidate {
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

export interface ImageAnswer {
  file_id: string
  url: string
  width: number
  height: number
  format: string
  bytes: number
}

export interface Attempt {
  id: string
  provider: string
  model: string
  account: string
  state: string
  provider_ref: string | null
  cost_usd: string | null
  started_at: string
  finished_at: string | null
  error: PublicError | null
  /** the lot that it was a line of */
  lot_id?: string
  /** of a line of a lot: what it would have cost without waiting */
  live_usd?: string
}

export interface JobAnswer {
  id: string
  status: 'queued' | 'classified' | 'dispatched' | 'running' | 'succeeded' | 'failed' | 'canceled' | 'expired'
  operation: string
  images: ImageAnswer[]
  cost_usd: string | null
  quoted_usd: string | null
  baseline_usd: string | null
  provider: string | null
  model: string | null
  content_type: {
    label:
      | 'anime_comic'
      | 'concept_art'
      | 'illustration'
      | 'infographic'
      | 'logo'
      | 'photo_scene'
      | 'portrait'
      | 'product_photo'
      | 'render_3d'
      | 'text_poster'
      | 'ui_icon'
      | 'unknown'
    confidence: number
    source: 'hint' | 'model' | 'rules' | 'second_opinion'
    words?: string[]
  } | null
  edit_kind: {
    kind: string | null
    source: 'caller' | 'rules'
    words?: string[]
  } | null
  /** the predefined template that its mask is, named or recognised */
  mask_template: string | null
  batch: boolean
  latency_missed: boolean
  simulated: boolean
  attempts: Attempt[]
  why: {
    summary: string
    candidates: Candidate[]
  } | null
  /** of a job that edits go on from, or that goes on with one */
  chain: {
    /** the job that all others of the chain descend from */
    root: string
    parent: string | null
    /** edits between the root and this job, itself included */
    depth: number
    jobs: number
    /** what all its jobs have cost so far */
    cost_usd: string
    /** what those that succeeded would have cost as new pictures */
    fresh_usd: string
    held_usd: string
    /** the most that the chain may cost: budget.max_chain_usd */
    limit_usd: string | null
  } | null
  /** in words: what its owner may want to know */
  notes: string[]
  error: PublicError | null
  bulk_id: string | null
  created_at: string
  finished_at: string | null
  metadata: Record<string, unknown>
}

export interface BulkAccepted {
  id: string
  accepted: number
  rejected: {
    index: number
    error: PublicError
  }[]
  reserved_usd: string
  expected_usd: string
  expected_finish: string
}

export interface BulkAnswer {
  id: string
  status: 'running' | 'paused' | 'completed' | 'canceled'
  counts: Record<
    'queued' | 'classified' | 'dispatched' | 'running' | 'succeeded' | 'failed' | 'canceled' | 'expired',
    number
  >
  cost_usd: string
  reserved_usd: string
  baseline_usd: string | null
  baseline_model: string | null
  expected_finish: string | null
  /** the bulk whose failed jobs it buys once more */
  retry_of: string | null
  created_at: string
  finished_at: string | null
  metadata: Record<string, unknown>
}

export interface BulkRetried {
  id: string
  accepted: number
  rejected: {
    index: number
    error: PublicError
  }[]
  reserved_usd: string
  expected_usd: string
  expected_finish: string
  retry_of: string
  skipped: {
    /** bought once more before */
    retried: number
    /** may have been paid: whether they were is being found out */
    unknown: number
  }
}

export interface UsageSums {
  /** that ended in this time */
  jobs: number
  succeeded: number
  images: number
  cost_usd: string
  /** what the succeeded jobs of bulks would have cost on the best single provider */
  baseline_usd: string
  /** those jobs’ baseline less their cost; negative: they cost more */
  savings_usd: string
  /** what the succeeded jobs cost less than at the cheapest model that is good enough at every content type */
  affinity_savings_usd: string
  /** held for calls whose outcome nobody knows: it may turn out to be spent */
  unknown_held_usd: string
  [key: string]: unknown
}

export interface UsageAnswer {
  from: string
  to: string
  group_by: string[]
  simulated: boolean
  data: UsageSums[]
  total: UsageSums
}

export interface BreakEven {
  masked_pixels: number
  /** the cheapest that can do this edit */
  edit_cost_usd: string | null
  /** the cheapest that can make a new picture of this size */
  regenerate_cost_usd: string | null
  cheaper: 'edit' | 'regenerate'
  /** the largest mask for which the edit is not the dearer way; null: it never is the dearer one */
  break_even_pixels: number | null
  /** the mask covers the whole picture: nothing of it stays */
  full_repaint: boolean
}

export interface QuoteAnswer {
  id: string
  expires_at: string
  choice: Candidate | null
  candidates: Candidate[]
  break_even?: BreakEven
  waiting?: {
    live_usd: string
    batch_usd: string
    /** what waiting saves */
    saved_usd: string
    /** the longest that the lot may take */
    batch_within_ms: number
  }
  chain?: {
    /** the job that all others of the chain descend from */
    root: string
    parent: string | null
    /** edits between the root and this job, itself included */
    depth: number
    jobs: number
    /** what all its jobs have cost so far */
    cost_usd: string
    /** what those that succeeded would have cost as new pictures */
    fresh_usd: string
    held_usd: string
    /** the most that the chain may cost: budget.max_chain_usd */
    limit_usd: string | null
    with_this: {
      cost_usd: string | null
      fresh_usd: string | null
    }
    /** false: the chain’s limit does not allow it */
    fits: boolean
  }
}

export interface BulkQuoteAnswer {
  id: string
  expires_at: string
  /** how many of them can be done */
  jobs: number
  total_usd: string
  expected_finish: string | null
  mix: {
    provider: string
    model: string
    jobs: number
    cost_usd: string
  }[]
  rejected: {
    index: number
    error: PublicError
  }[]
}

export interface FileAnswer {
  id: string
  purpose: 'image' | 'mask' | 'result'
  width: number
  height: number
  format: string
  bytes: number
  sha256: string
  masked_pixels: number | null
  /** the predefined template that this mask is */
  mask_template: string | null
  url: string
  created_at: string
}

export interface WebhookBody {
  type:
    | 'image.job.succeeded'
    | 'image.job.failed'
    | 'image.job.canceled'
    | 'image.job.expired'
    | 'image.job.resolved'
    | 'image.bulk.completed'
  timestamp: string
  id: string
  sequence: number
  data: {
    job_id?: string
    bulk_id: string | null
    status: string
    cost_usd: string | null
    images?: ImageAnswer[]
    error?: PublicError | null
    metadata: Record<string, unknown>
    [key: string]: unknown
  }
}
