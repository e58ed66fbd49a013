import type {
  AttemptState,
  BulkStatus,
  ImageFormat,
  InputImage,
  JobBody,
  JobStatus,
  MaskTemplate,
  Nano,
  Plan,
  PublicError,
  Tag,
  TokenStream,
} from '@halftone/contracts'
import type { ChainLink, JobInputs } from './acceptance.ts'
import type { Evidence } from './reconciling.ts'

export interface StoredImage {
  fileId: string
  sha256: string
  width: number
  height: number
  format: ImageFormat
  bytes: number
  /** What the provider counted for the whole call that made it; told on the first picture of a call. */
  tokens?: Partial<Record<TokenStream, number>>
}

export interface JobRow {
  id: string
  projectId: string
  bulkId: string | null
  bulkIndex: number | null
  status: JobStatus
  body: JobBody
  inputs: JobInputs
  tag: Tag | null
  pool: string | null
  planId: string | null
  generation: number
  avoid: string[]
  hold: Nano
  ceiling: Nano | null
  quoted: Nano | null
  baseline: Nano | null
  /** Its place among edits of edits. */
  chain: ChainLink | null
  /** What a new picture of its size would have cost when it was accepted, where somebody asked. */
  fresh: Nano | null
  cost: Nano | null
  provider: string | null
  model: string | null
  latencyMissed: boolean
  images: StoredImage[]
  error: PublicError | null
  webhookUrl: string | null
  webhookEndpointId?: string | null
  sequence: number
  deadline: Date
  runAt: Date
  createdAt: Date
  finishedAt: Date | null
}

export interface AttemptRow {
  id: string
  jobId: string
  generation: number
  provider: string
  model: string
  account: string
  operation: string
  state: AttemptState
  fence: bigint
  providerRef: string | null
  /** The provider's id as a verified callback told it; absent or null: none did. */
  callbackRef?: string | null
  /** Of an unknown or resolved one: what was found out. */
  evidence?: Evidence | null
  ruleId: string
  priceVersion: number
  worst: Nano
  cost: Nano | null
  error: PublicError | null
  startedAt: Date
  finishedAt: Date | null
  simulated: boolean
  /** The lot that it is a line of; absent or null: none. */
  lotId?: string | null
  /** What it would have cost at the live tier, where it was a line of a lot. */
  live?: Nano | null
}

export interface BulkRow {
  id: string
  projectId: string
  status: BulkStatus
  counts: Record<JobStatus, number>
  spent: Nano
  held: Nano
  baseline: Nano | null
  baselineModel: string | null
  expectedFinish: Date | null
  metadata: Record<string, unknown>
  /** The bulk whose failed jobs it buys once more. */
  retryOf: string | null
  webhookUrl: string | null
  webhookEndpointId?: string | null
  createdAt: Date
  finishedAt: Date | null
}

export interface JobFilter {
  status?: JobStatus
  bulkId?: string
  contentType?: string
  provider?: string
  metadata?: Record<string, string>
  limit: number
  cursor?: string
}

/** Of all jobs of a chain. */
export interface ChainTotals {
  jobs: number
  spent: Nano
  held: Nano
  /** What those that succeeded would have cost as new pictures. */
  fresh: Nano
}

/** A job with all that was tried for it, and the plan that it went by last. */
export interface WholeJob {
  job: JobRow
  attempts: AttemptRow[]
  plan: Plan | null
  /** null: it neither goes on with a job nor does one go on with it. */
  chain: ChainTotals | null
}

export interface JobReader {
  job(projectId: string, id: string): Promise<WholeJob | null>
  /** Newest first (a bulk's jobs: in their order). `nextCursor` is null on the last page. */
  list(projectId: string, filter: JobFilter): Promise<{ jobs: JobRow[]; nextCursor: string | null }>
  /** The same with all that `job` tells, in three queries. Jobs that share a plan share the object. */
  listWhole(projectId: string, filter: JobFilter): Promise<{ jobs: WholeJob[]; nextCursor: string | null }>
  bulk(projectId: string, id: string): Promise<BulkRow | null>
  /** What the chain of this root has cost so far. The caller knows that it is the project's. */
  chain(rootId: string): Promise<ChainTotals>
  /** Cancels now if no call is out; else asks the worker to. An ended job stays as it is. */
  cancelJob(projectId: string, id: string): Promise<JobRow | null>
  cancelBulk(projectId: string, id: string): Promise<BulkRow | null>
  /** For the operator's view: jobs by pool and state. */
  depth(): Promise<{ pool: string; waiting: number; running: number }[]>
}

export interface FileRow extends InputImage {
  projectId: string
  purpose: 'image' | 'mask' | 'result'
  bytes: number
  maskedPixels: number | null
  /** Of a mask: the predefined template that it is. */
  maskTemplate: MaskTemplate | null
  createdAt: Date
}

export interface Files {
  add(file: Omit<FileRow, 'createdAt'>): Promise<void>
  find(id: string): Promise<FileRow | null>
}
