import type {
  Affinity,
  AttemptState,
  BulkStatus,
  Candidate,
  ImageFormat,
  JobBody,
  JobStatus,
  MaskTemplate,
  Nano,
  Plan,
  PublicError,
  Tag,
} from '@halftone/contracts'
import type {
  AttemptRow,
  BindingQuote,
  BulkRow,
  ChainLink,
  Evidence,
  FileRow,
  JobInputs,
  JobRow,
  RunnableJob,
  StoredImage,
  WaitingJob,
} from './ledger.ts'

/** Rows of the tables as postgres.js gives them, and what callers get of them. */

export interface JobRecord {
  id: string
  project_id: string
  bulk_id: string | null
  bulk_index: number | null
  status: JobStatus
  body: JobBody
  inputs: JobInputs
  priority: number
  deadline: Date
  run_at: Date
  tag: Tag | null
  pool: string | null
  plan_id: string | null
  generation: number
  avoid: string[]
  cancel_requested: boolean
  hold_nano: Nano
  unknown_nano: Nano
  ceiling_nano: Nano | null
  quoted_nano: Nano | null
  baseline_nano: Nano | null
  cost_nano: Nano | null
  provider: string | null
  model: string | null
  latency_missed: boolean
  images: StoredImage[]
  error: PublicError | null
  webhook_url: string | null
  webhook_endpoint_id: string | null
  sequence: number
  created_at: Date
  finished_at: Date | null
  parent_job_id: string | null
  chain_root_id: string | null
  chain_depth: number
  chain_limit_nano: Nano | null
  fresh_nano: Nano | null
  quoted_model: string | null
  overrun_max_nano: Nano | null
  absorbed_nano: Nano
}

export interface AttemptRecord {
  id: string
  lot_id: string | null
  live_nano: bigint | null
  job_id: string
  generation: number
  provider: string
  model: string
  account: string
  operation: string
  state: AttemptState
  fence: bigint
  provider_ref: string | null
  callback_ref: string | null
  evidence: Evidence | null
  rule_id: string
  price_version: bigint
  worst_nano: Nano
  cost_nano: Nano | null
  error: PublicError | null
  started_at: Date
  finished_at: Date | null
  simulated: boolean
}

export interface BulkRecord {
  id: string
  project_id: string
  status: BulkStatus
  spent_nano: Nano
  held_nano: Nano
  baseline_nano: Nano | null
  baseline_model: string | null
  expected_finish: Date | null
  metadata: Record<string, unknown>
  retry_of: string | null
  webhook_url: string | null
  webhook_endpoint_id: string | null
  created_at: Date
  finished_at: Date | null
  counts: Partial<Record<JobStatus, number>> | null
}

export interface FileRecord {
  id: string
  project_id: string
  purpose: FileRow['purpose']
  sha256: string
  width: number
  height: number
  format: ImageFormat
  bytes: number
  masked_pixels: number | null
  mask_template: MaskTemplate | null
  created_at: Date
}

export function toJob(row: JobRecord): JobRow {
  return {
    id: row.id,
    projectId: row.project_id,
    bulkId: row.bulk_id,
    bulkIndex: row.bulk_index,
    status: row.status,
    body: row.body,
    inputs: row.inputs,
    tag: row.tag,
    pool: row.pool,
    planId: row.plan_id,
    generation: row.generation,
    avoid: row.avoid,
    hold: row.hold_nano,
    ceiling: row.ceiling_nano,
    quoted: row.quoted_nano,
    baseline: row.baseline_nano,
    chain: toLink(row),
    fresh: row.fresh_nano,
    cost: row.cost_nano,
    provider: row.provider,
    model: row.model,
    latencyMissed: row.latency_missed,
    images: row.images,
    error: row.error,
    webhookUrl: row.webhook_url,
    webhookEndpointId: row.webhook_endpoint_id,
    sequence: row.sequence,
    deadline: row.deadline,
    runAt: row.run_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }
}

function toLink(row: JobRecord): ChainLink | null {
  const { parent_job_id: parentId, chain_root_id: rootId, chain_depth: depth, chain_limit_nano: limit } = row
  return rootId === null ? null : { parentId, rootId, depth, limit }
}

export function toWaitingJob(row: JobRecord): WaitingJob {
  if (!row.tag) throw new Error(`job ${row.id} waits for a plan but was never tagged`)
  return {
    id: row.id,
    projectId: row.project_id,
    bulkId: row.bulk_id,
    body: row.body,
    inputs: row.inputs,
    tag: row.tag,
    pool: row.pool,
    planId: row.plan_id,
    generation: row.generation,
    avoid: row.avoid,
    hold: row.hold_nano,
    heldByUnknown: row.unknown_nano,
    ceiling: row.ceiling_nano,
    quote: toBindingQuote(row),
    priority: row.priority,
    deadline: row.deadline,
    createdAt: row.created_at,
  }
}

export function toRunnableJob(
  row: JobRecord & { choice: CandidateRecord | null; failedAttempts?: number },
  liveAttempt: AttemptRow | null,
): RunnableJob {
  return {
    ...toWaitingJob(row),
    status: row.status,
    cancelRequested: row.cancel_requested,
    choice: row.choice && toCandidate(row.choice),
    liveAttempt,
    failedAttempts: row.failedAttempts ?? 0,
  }
}

function toBindingQuote(row: JobRecord): BindingQuote | null {
  const { quoted_model: model, quoted_nano: quoted, overrun_max_nano: most } = row
  return model === null || quoted === null || most === null
    ? null
    : { model, quoted, overrunLeft: most - row.absorbed_nano }
}

export function toAttempt(row: AttemptRecord): AttemptRow {
  return {
    id: row.id,
    jobId: row.job_id,
    generation: row.generation,
    provider: row.provider,
    model: row.model,
    account: row.account,
    operation: row.operation,
    state: row.state,
    fence: row.fence,
    providerRef: row.provider_ref,
    callbackRef: row.callback_ref,
    evidence: row.evidence,
    ruleId: row.rule_id,
    priceVersion: Number(row.price_version),
    worst: row.worst_nano,
    cost: row.cost_nano,
    error: row.error,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    simulated: row.simulated,
    lotId: row.lot_id,
    live: row.live_nano,
  }
}

const noJobs: Record<JobStatus, number> = {
  queued: 0,
  classified: 0,
  dispatched: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
  expired: 0,
}

export function toBulk(row: BulkRecord): BulkRow {
  return {
    id: row.id,
    projectId: row.project_id,
    status: row.status,
    counts: { ...noJobs, ...row.counts },
    spent: row.spent_nano,
    held: row.held_nano,
    baseline: row.baseline_nano,
    baselineModel: row.baseline_model,
    expectedFinish: row.expected_finish,
    metadata: row.metadata,
    retryOf: row.retry_of,
    webhookUrl: row.webhook_url,
    webhookEndpointId: row.webhook_endpoint_id,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }
}

export function toFile(row: FileRecord): FileRow {
  return {
    fileId: row.id,
    projectId: row.project_id,
    purpose: row.purpose,
    sha256: row.sha256,
    width: row.width,
    height: row.height,
    format: row.format,
    bytes: row.bytes,
    maskedPixels: row.masked_pixels,
    maskTemplate: row.mask_template,
    createdAt: row.created_at,
  }
}

/** A candidate as stored: nano-dollars as strings, since a JSON number is not exact. */
export interface CandidateRecord extends Omit<Candidate, 'cost_nano' | 'worst_nano'> {
  cost_nano: string | null
  worst_nano: string | null
}

interface AffinityRecord extends Omit<Affinity, 'all_rounder'> {
  all_rounder: { provider: string; model: string; cost_nano: string } | null
}

export interface PlanRecord extends Omit<Plan, 'choice' | 'ranked' | 'excluded' | 'affinity'> {
  affinity?: AffinityRecord | null
  choice: CandidateRecord | null
  ranked: CandidateRecord[]
  excluded: CandidateRecord[]
}

function toCandidate(row: CandidateRecord): Candidate {
  return {
    ...row,
    cost_nano: row.cost_nano === null ? null : BigInt(row.cost_nano),
    worst_nano: row.worst_nano === null ? null : BigInt(row.worst_nano),
  }
}

export function toPlan(row: PlanRecord): Plan {
  return {
    ...row,
    choice: row.choice && toCandidate(row.choice),
    ranked: row.ranked.map(toCandidate),
    excluded: row.excluded.map(toCandidate),
    affinity: row.affinity && toAffinity(row.affinity),
  }
}

function toAffinity({ all_rounder, ...row }: AffinityRecord): Affinity {
  return {
    ...row,
    all_rounder: all_rounder && { ...all_rounder, cost_nano: BigInt(all_rounder.cost_nano) },
  }
}
