import type {
  AttemptState,
  BookedRule,
  BulkStatus,
  EndedStatus,
  ImageFormat,
  InputImage,
  InputMask,
  JobBody,
  JobStatus,
  Nano,
  Plan,
  PriceRule,
  PublicError,
  Tag,
  WebhookEventType,
} from '@halftone/contracts'
import type { PaidCall, PriceChange, PriceEvents, PriceQuarantine, PriceSources } from './price-records.ts'

/**
 * The truth, behind verbs. Every verb is one committed transaction; those on hot paths share one
 * with their neighbours (micro-batching), which the caller does not see.
 */
export interface Ledger {
  projects: Projects
  accept: Acceptance
  jobs: JobReader
  files: Files
  classify: Classification
  dispatch: Dispatch
  attempts: Attempts
  recovery: Recovery
  outbox: Outbox
  prices: PriceStore
  quotes: Quotes
  /** `select 1`; throws when Postgres is out of reach. */
  ping(): Promise<void>
  stop(): Promise<void>
}

// ── projects and keys ──────────────────────────────────────────────────────────────────────────

export interface Projects {
  /** Makes the project if there is none of that name. The key is shown once and stored as its SHA-256. */
  createKey(project: string): Promise<{ id: string; key: string; projectId: string }>
  /** Stores a key that the caller made (local stack: the same key over restarts). Does nothing if it is there. */
  ensureKey(project: string, key: string): Promise<{ projectId: string }>
  findKey(key: string): Promise<{ keyId: string; projectId: string } | null>
  /** `whsec_…`, the secret that signs per-job webhooks of this project. */
  webhookSecret(projectId: string): Promise<string>
  setBudget(projectId: string, limit: Nano | null): Promise<void>
  budget(projectId: string): Promise<{ limit: Nano | null; held: Nano; spent: Nano }>
}

// ── accept ─────────────────────────────────────────────────────────────────────────────────────

export interface NewJob {
  id: string
  body: JobBody
  inputs: JobInputs
  deadline: Date
  runAt: Date
  hold: Nano
  ceiling: Nano | null
  /** What the job is expected to cost, as told to the caller. */
  quoted: Nano | null
  baseline: Nano | null
  webhookUrl: string | null
  /** The quote that binds it: `quoted` is the most its project pays, and all that it holds. */
  quote?: JobQuote | null
}

export interface JobQuote {
  id: string
  /** The quoted provider/model. */
  model: string
  /** The most that the operator pays beyond the quote. */
  overrunMax: Nano
}

export interface JobInputs {
  width: number
  height: number
  images: InputImage[]
  mask: InputMask | null
}

export interface Idempotency {
  key: string
  /** SHA-256 of the canonical body. */
  requestHash: Buffer
}

export interface NewBulk {
  id: string
  budget: Nano | null
  baseline: Nano | null
  baselineModel: string | null
  expectedFinish: Date | null
  webhookUrl: string | null
  metadata: Record<string, unknown>
  /** Each of its jobs is bound by its own share of it. */
  quoteId?: string | null
}

/** `replayed`: the stored answer of an earlier call with the same key and body. */
export type Accepted = { kind: 'accepted' } | { kind: 'replayed'; status: number; answer: unknown }

export interface Acceptance {
  /**
   * Commits job, hold and idempotency row together, and uses up its quote. Concurrent calls share a transaction.
   * Throws `budget_exceeded` (with limit, held and spent in `extra`), `idempotency_mismatch`, and for a quote
   * `not_found`, `quote_expired` and `quote_used`; then nothing is stored.
   */
  job(input: {
    projectId: string
    job: NewJob
    idempotency: (Idempotency & { status: number; answer: unknown }) | null
  }): Promise<Accepted>
  /** The same for a bulk: one insert for all jobs, one hold. `bulk_index` is the place in `jobs`. */
  bulk(input: {
    projectId: string
    bulk: NewBulk
    jobs: NewJob[]
    idempotency: (Idempotency & { status: number; answer: unknown }) | null
  }): Promise<Accepted>
  /** The stored answer for a key, so that a repeat does no work; throws `idempotency_mismatch`. */
  replay(projectId: string, idempotency: Idempotency): Promise<{ status: number; answer: unknown } | null>
}

// ── read and cancel ────────────────────────────────────────────────────────────────────────────

export interface StoredImage {
  fileId: string
  sha256: string
  width: number
  height: number
  format: ImageFormat
  bytes: number
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
  cost: Nano | null
  provider: string | null
  model: string | null
  latencyMissed: boolean
  images: StoredImage[]
  error: PublicError | null
  webhookUrl: string | null
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
  ruleId: string
  priceVersion: number
  worst: Nano
  cost: Nano | null
  error: PublicError | null
  startedAt: Date
  finishedAt: Date | null
  simulated: boolean
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
  webhookUrl: string | null
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

/** A job with all that was tried for it, and the plan that it went by last. */
export interface WholeJob {
  job: JobRow
  attempts: AttemptRow[]
  plan: Plan | null
}

export interface JobReader {
  job(projectId: string, id: string): Promise<WholeJob | null>
  /** Newest first (a bulk's jobs: in their order). `nextCursor` is null on the last page. */
  list(projectId: string, filter: JobFilter): Promise<{ jobs: JobRow[]; nextCursor: string | null }>
  /** The same with all that `job` tells, in three queries. Jobs that share a plan share the object. */
  listWhole(projectId: string, filter: JobFilter): Promise<{ jobs: WholeJob[]; nextCursor: string | null }>
  bulk(projectId: string, id: string): Promise<BulkRow | null>
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
  createdAt: Date
}

export interface Files {
  add(file: Omit<FileRow, 'createdAt'>): Promise<void>
  find(id: string): Promise<FileRow | null>
}

// ── classify ───────────────────────────────────────────────────────────────────────────────────

export interface Untagged {
  id: string
  body: JobBody
}

export interface Classification {
  /** The queued jobs of a range of a bulk (both ends included), or one job. Empty when they were tagged before. */
  untagged(ticket: { bulk: string; from: number; to: number } | { job: string }): Promise<Untagged[]>
  /** queued → classified. */
  tag(tags: { id: string; tag: Tag }[]): Promise<void>
}

// ── dispatch ───────────────────────────────────────────────────────────────────────────────────

/** A waiting job, as planning needs it. */
export interface WaitingJob {
  id: string
  projectId: string
  bulkId: string | null
  body: JobBody
  inputs: JobInputs
  tag: Tag
  pool: string | null
  planId: string | null
  generation: number
  avoid: string[]
  hold: Nano
  /** Of `hold`, what unknown attempts keep: not free for the next one. */
  heldByUnknown: Nano
  ceiling: Nano | null
  /** Absent or null: no quote binds it. */
  quote?: BindingQuote | null
  priority: number
  deadline: Date
  createdAt: Date
}

/** What a quote promised for a job; its hold is `quoted` until it ends. */
export interface BindingQuote {
  /** provider/model */
  model: string
  quoted: Nano
  /** What the operator may still pay beyond the quote. */
  overrunLeft: Nano
}

export interface Dispatch {
  /** Classified jobs without a pool that may be planned now, fairly over projects (round robin), each project's by priority, deadline, age. */
  unplanned(limit: number): Promise<WaitingJob[]>
  /** Jobs waiting for a pool, at most `perProject` of each project, ordered like `unplanned`. */
  ready(pool: string, perProject: number): Promise<WaitingJob[]>
  /** How many wait (status classified, pool set), per pool and project, and by deadline (seconds from now, rounded up to 5). */
  backlog(): Promise<{ pool: string; projectId: string; dueSeconds: number; jobs: number }[]>
  /** Stores each plan once (by digest) and returns its id. */
  savePlans(plans: { digest: Buffer; plan: Plan }[]): Promise<string[]>
  assign(jobs: { id: string; pool: string; planId: string }[]): Promise<void>
  /** Nobody may do these now: looked at again after `delayMs`. */
  postpone(jobs: { id: string; planId: string | null; delayMs: number }[]): Promise<void>
  /** Jobs whose plan is void: `pool` null again. With `jobs`, just those; else all that wait for `pool`. */
  unassign(what: { pool: string } | { jobs: string[] }): Promise<number>
  /**
   * classified → dispatched, generation + 1, raising the hold to `worst` first where it is lower.
   * A job whose raise the ceiling or a budget refuses is left out of the answer (its id is in `refused`).
   */
  dispatch(
    jobs: { id: string; pool: string; planId: string; worst: Nano; latencyMissed: boolean }[],
  ): Promise<{ dispatched: { id: string; generation: number }[]; refused: string[] }>
  /** Ends waiting jobs: `expired`, or `failed` with an error. Releases what they hold. Running ones are left alone. */
  end(jobs: { id: string; status: 'expired' | 'failed'; error: PublicError }[]): Promise<EndedJob[]>
}

export interface EndedJob {
  jobId: string
  bulkId: string | null
}

// ── attempts: the money path ───────────────────────────────────────────────────────────────────

export interface ClaimRequest {
  jobId: string
  generation: number
  owner: string
  leaseMs: number
  attemptId: string
  provider: string
  model: string
  account: string
  operation: string
  ruleId: string
  priceVersion: number
  worst: Nano
  simulated: boolean
}

export type Claim =
  /** The intent is committed: the call may be made. */
  | { kind: 'claimed'; attemptId: string; fence: bigint }
  /** An earlier call's lease ran out; it is ours now, and its outcome must be found, not bought again. */
  | { kind: 'takeover'; attempt: AttemptRow; fence: bigint }
  /** Another worker is on it, or the ticket is void (older generation, ended, canceled): drop the ticket. */
  | { kind: 'busy' | 'void' }
  /** The price rose above what is held and the raise was refused: the job is back with the dispatcher already. */
  | { kind: 'refused' }

/** What a worker needs to prepare a call; read in batches before the claim. */
export interface RunnableJob extends WaitingJob {
  status: JobStatus
  cancelRequested: boolean
  choice: Plan['choice']
  liveAttempt: AttemptRow | null
}

export type Finish = { attemptId: string; fence: bigint } & (
  | { kind: 'succeeded'; cost: Nano; images: StoredImage[] }
  /** The job ends failed. `cost` is what the provider charges for it (0n: nothing). */
  | { kind: 'failed'; cost: Nano; error: PublicError }
  /** Not paid: the job goes back to be planned again. `avoid`: do not choose this again for this job. */
  | { kind: 'released'; error: PublicError; avoid: string | null; delayMs: number }
  /** May have been paid: its money stays held. `rebuy`: the job may be bought once more (the ledger takes a second hold, or ends the job if a budget refuses). */
  | { kind: 'unknown'; error: PublicError; rebuy: boolean; avoid: string | null }
  /** The provider canceled it; `cost` is what it charges. */
  | { kind: 'canceled'; cost: Nano }
)

/** `late`: somebody else finished it, or our fence is old. Nothing was written. */
export type Finished =
  | { kind: 'ended'; status: EndedStatus; bulkId: string | null; jobId: string }
  | { kind: 'returned' }
  | { kind: 'late' }

export interface Attempts {
  /** The jobs of these tickets as they are now, plan's choice included. Micro-batched. */
  load(jobId: string): Promise<RunnableJob | null>
  /** dispatched → running with the attempt row `submitting`, in one commit. Micro-batched. */
  claim(request: ClaimRequest): Promise<Claim>
  /** submitting → submitted, with the provider's own id. Micro-batched. */
  submitted(attemptId: string, fence: bigint, providerRef: string): Promise<void>
  /** Settles money, ends the job (or returns it) and writes the outbox, in one transaction. Micro-batched. Repeated after `unavailable`, it books nothing twice and answers the same. */
  finish(finish: Finish): Promise<Finished>
  /** One statement for all live attempts that this process was told it holds (a claim whose answer got lost runs out), by Postgres time. */
  extendLeases(owner: string, leaseMs: number): Promise<void>
  /** Before any call was made: the job goes back to be planned again (its ticket is stale, a breaker opened). */
  giveBack(jobId: string, generation: number, avoid: string | null, delayMs: number): Promise<void>
  /** What unknown attempts are there, for reports and reconciliation. */
  unknown(): Promise<AttemptRow[]>
}

// ── recovery ───────────────────────────────────────────────────────────────────────────────────

export interface Recovery {
  /** Queued for more than `olderThanMs`: their classify ticket may be lost. */
  unticketed(olderThanMs: number, limit: number): Promise<{ id: string }[]>
  /** Dispatched for more than `olderThanMs` and not running: the caller asks the queue whether the ticket still exists. */
  dispatchedSince(
    olderThanMs: number,
    limit: number,
  ): Promise<{ id: string; pool: string; generation: number }[]>
  /** Generation + 1 for lost tickets; answers what to ticket now. */
  redispatch(
    jobs: { id: string; generation: number }[],
  ): Promise<{ id: string; pool: string; generation: number }[]>
  /**
   * Live attempts whose lease ran out: generation + 1 on the job so that a fresh ticket lets a worker take over.
   * After `recoveriesMax` lost workers the job fails as `poison` and the attempt becomes unknown. A ticket that
   * nobody took is repeated after 15 s, and does not count.
   */
  expiredLeases(
    recoveriesMax: number,
    limit: number,
  ): Promise<{
    retry: { id: string; pool: string; generation: number }[]
    ended: EndedJob[]
  }>
  /** Waiting jobs past their deadline become `expired`. */
  expire(limit: number): Promise<EndedJob[]>
  /** Tries the dispatcher's advisory lock on a connection of its own; null if another holds it. `alive` turns false when the connection is lost. */
  lead(name: string): Promise<{ alive(): boolean; release(): Promise<void> } | null>
}

// ── outbox ─────────────────────────────────────────────────────────────────────────────────────

export interface OutboxMessage {
  id: string
  projectId: string
  type: WebhookEventType
  sequence: number
  url: string
  tries: number
  createdAt: Date
  job: JobRow | null
  bulk: BulkRow | null
}

export interface Outbox {
  /** Takes due messages for `leaseMs` (their next try moves that far), so that two senders do not send the same. */
  take(limit: number, leaseMs: number): Promise<OutboxMessage[]>
  delivered(results: { id: string; status: number }[]): Promise<void>
  /** `retryInMs` null: given up. */
  failed(
    results: { id: string; status: number | null; error: string; retryInMs: number | null }[],
  ): Promise<void>
  /** Milliseconds until the next message is due; null if none waits. */
  nextDueMs(): Promise<number | null>
}

// ── prices ─────────────────────────────────────────────────────────────────────────────────────

export interface PriceStore {
  /** With how old each provider's prices are, where a source sets them: since that last answered. */
  current(): Promise<{
    version: number
    rules: BookedRule[]
    sources: { providers: string[]; ageMs: number }[]
  }>
  /**
   * Writes the rules that differ from the current ones as new versions, in one transaction; answers what changed. `judgedAt`
   * is the version of the book by which they were judged: a rule that somebody changed since then is left as it is.
   */
  put(rules: PriceRule[], judgedAt?: number): Promise<PriceChange[]>
  history(ruleId: string, limit: number): Promise<(BookedRule & { from: Date; until: Date | null })[]>
  /** Versions of all rules that fit, newest first. `model`: its name or provider/model; `before`: only older versions. */
  versions(filter: {
    ruleId?: string
    provider?: string
    model?: string
    before?: number
    limit: number
  }): Promise<(BookedRule & { from: Date; until: Date | null })[]>
  /** `digest`: of all that it said, so that a feed that stands still can be told. */
  sourceChecked(
    source: string,
    result: { changed: boolean; error: string | null; digest?: string | null },
  ): Promise<void>
  sources: PriceSources
  quarantine: PriceQuarantine
  events: PriceEvents
  /** The newest paid calls, newest first. */
  paidCalls(limit: number): Promise<PaidCall[]>
}

// ── quotes ─────────────────────────────────────────────────────────────────────────────────────

/** Jobs of a quote that ask for the same, as far as it shapes the price, and what was promised for each of them. */
export interface QuotedShare {
  /** SHA-256 of `request`, in hex. */
  digest: string
  request: Record<string, unknown>
  jobs: number
  provider: string
  model: string
  cost: Nano
  baseline: Nano | null
  expectedMs: number
}

export interface NewQuote {
  id: string
  projectId: string
  kind: 'job' | 'bulk'
  requestDigest: Buffer
  /** Empty: nobody could do it. */
  shares: QuotedShare[]
  baselineModel: string | null
  priceVersion: number
  /** null: there is nothing to bind. */
  total: Nano | null
  expiresAt: Date
}

export interface QuoteRow extends NewQuote {
  /** By the server's clock, when it was read. */
  expired: boolean
  /** The job or bulk that it binds. */
  usedBy: string | null
  createdAt: Date
}

/** What a quoted job did cost beyond its quote. */
export interface OverrunRow {
  jobId: string
  bulkId: string | null
  projectId: string
  quoteId: string
  provider: string
  model: string
  quoted: Nano
  /** What the provider charged. */
  cost: Nano
  absorbed: Nano
  /** Versions of the price book at the quote and at the call. */
  quotedVersion: number
  paidVersion: number
  at: Date
}

export interface Quotes {
  /** Stores a quote, and its answer under the idempotency key. Nothing is held. Throws `idempotency_mismatch`. */
  save(input: {
    quote: NewQuote
    idempotency: (Idempotency & { status: number; answer: unknown }) | null
  }): Promise<Accepted>
  /** null for unknown ones and those of other projects. */
  find(projectId: string, id: string): Promise<QuoteRow | null>
  /** Newest first. */
  overruns(filter: {
    limit: number
    cursor?: string
  }): Promise<{ overruns: OverrunRow[]; nextCursor: string | null }>
  overrunTotals(): Promise<{ jobs: number; absorbed: Nano }>
}
