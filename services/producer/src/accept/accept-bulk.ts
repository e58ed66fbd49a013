import { setImmediate } from 'node:timers/promises'
import {
  AppError,
  type BulkAccepted,
  errorTable,
  jobBodySchema,
  newId,
  parseUsd,
  publicError,
  toUsd,
} from '@halftone/contracts'
import type { Idempotency, NewBulk, NewJob } from '@halftone/ledger'
import type { Stored } from '../idempotency.ts'
import { schemaError } from '../schema-error.ts'
import type { AcceptParts } from './accept-job.ts'
import { type Baseline, baseline, type PlannedJobs } from './baseline.ts'
import { fitHolds, sum } from './bulk-holds.ts'
import { expectedMs, type PoolRate } from './expected-finish.ts'
import { refuseHugePrompt } from './huge-prompt.ts'
import type { Chosen } from './plan-job.ts'
import { type PrepareContext, type PreparedJob, prepareJob, unknownQuote } from './prepare-job.ts'
import { type BulkInput, type BulkLine, withDefaults } from './read-bulk.ts'
import { createInputResolver } from './resolve-inputs.ts'
import { storeUploads } from './store-uploads.ts'

export interface AcceptBulkParts extends AcceptParts {
  rateOf(provider: string): PoolRate
}

/** Between two such chunks the requests of others get their turn. */
const chunkJobs = 200
const rejectedShown = 100

/**
 * Commits all the jobs that can be done, with one hold for them, and names the others by index. Throws when there is
 * none that can be done, or the budget does not hold them; then nothing is stored.
 */
export async function acceptBulk(
  parts: AcceptBulkParts,
  projectId: string,
  input: BulkInput,
  idempotency: Idempotency | null,
): Promise<Stored> {
  const { ledger, store } = parts
  const { fields } = input
  const now = parts.clock()
  if (fields.quote_id !== undefined) throw unknownQuote()
  const ownUrl = parts.checkWebhook(fields.webhook)
  const { prepared, rejected } = await prepareAll(parts, input, {
    projectId,
    now,
    resolver: createInputResolver({ projectId, files: ledger.files, store, dataUris: false }),
    bulk: {
      deadline: deadlineOf(fields.deadline, now),
      webhookUrl: fields.webhook_mode === 'bulk' ? null : ownUrl,
    },
  })
  if (prepared.length === 0) throw allRejected(rejected)

  const groups = groupByPlan(prepared)
  const best = baseline([...groups.values()])
  const jobs = withHolds(prepared, groups, best, fields.budget ? parseUsd(fields.budget.max_cost_usd) : null)
  const bulk: NewBulk = {
    id: newId('bulk'),
    budget: fields.budget ? parseUsd(fields.budget.max_cost_usd) : null,
    baseline: best?.total ?? null,
    baselineModel: best?.model ?? null,
    expectedFinish: finishOf(prepared, [...groups.values()], parts, now),
    webhookUrl: fields.webhook_mode === 'job' ? null : ownUrl,
    metadata: fields.metadata ?? {},
  }
  const answer: BulkAccepted = {
    id: bulk.id,
    accepted: jobs.length,
    rejected,
    reserved_usd: toUsd(sum(jobs.map((job) => job.hold))),
    expected_usd: toUsd(sum(jobs.map((job) => job.quoted ?? 0n))),
    expected_finish: (bulk.expectedFinish ?? new Date(now)).toISOString(),
  }
  await storeUploads(
    { store, files: ledger.files },
    prepared.flatMap((job) => job.uploads),
  )
  const accepted = await ledger.accept.bulk({
    projectId,
    bulk,
    jobs,
    idempotency: idempotency && { ...idempotency, status: 202, answer },
  })
  if (accepted.kind === 'replayed') return { status: accepted.status, answer: accepted.answer }
  parts.relay.bulk(bulk.id, jobs.length)
  return { status: 202, answer }
}

type Rejected = BulkAccepted['rejected']

async function prepareAll(
  parts: AcceptBulkParts,
  { fields, lines }: BulkInput,
  context: PrepareContext,
): Promise<{ prepared: PreparedJob[]; rejected: Rejected }> {
  const prepared: PreparedJob[] = []
  const rejected: Rejected = []
  for (let from = 0; from < lines.length; from += chunkJobs) {
    const chunk = lines.slice(from, from + chunkJobs)
    const results = await Promise.all(chunk.map((line) => prepareLine(parts, line, fields.defaults, context)))
    for (const [i, result] of results.entries()) {
      if (result instanceof AppError) rejected.push({ index: from + i, error: publicError(result) })
      else prepared.push(result)
    }
    await setImmediate()
  }
  return { prepared, rejected }
}

/** What is wrong with one job is that job's matter; a fault of ours is everybody's, and thrown. */
async function prepareLine(
  parts: AcceptBulkParts,
  line: BulkLine,
  defaults: Record<string, unknown> | undefined,
  context: PrepareContext,
): Promise<PreparedJob | AppError> {
  if ('error' in line) return line.error
  try {
    const job = withDefaults(defaults, line.value)
    refuseHugePrompt(job)
    const body = jobBodySchema.safeParse(job)
    if (!body.success) return schemaError(body.error)
    return await prepareJob(parts, body.data, context)
  } catch (error) {
    if (error instanceof AppError && errorTable[error.code].blame === 'caller') return error
    throw error
  }
}

function groupByPlan(prepared: readonly PreparedJob[]): Map<Chosen, PlannedJobs> {
  const groups = new Map<Chosen, PlannedJobs>()
  for (const { plan } of prepared) {
    const group = groups.get(plan)
    if (group) group.count++
    else groups.set(plan, { count: 1, ranked: plan.ranked, choice: plan.choice })
  }
  return groups
}

function withHolds(
  prepared: readonly PreparedJob[],
  groups: ReadonlyMap<Chosen, PlannedJobs>,
  best: Baseline | null,
  budget: bigint | null,
): NewJob[] {
  const holds = fitHolds(
    prepared.map(({ job, plan }) => ({ hold: job.hold, ranked: plan.ranked })),
    budget,
  )
  return prepared.map(({ job, plan }, i) => {
    const group = groups.get(plan)
    return { ...job, hold: holds[i] ?? job.hold, baseline: best && group ? best.of(group) : null }
  })
}

function finishOf(
  prepared: readonly PreparedJob[],
  groups: readonly PlannedJobs[],
  { rateOf }: AcceptBulkParts,
  now: number,
): Date {
  const start = prepared.reduce((latest, { job }) => Math.max(latest, job.runAt.getTime()), now)
  return new Date(start + expectedMs(groups, rateOf))
}

function deadlineOf(deadline: string | undefined, now: number): Date | null {
  if (deadline === undefined) return null
  const at = new Date(deadline)
  if (at.getTime() > now) return at
  throw new AppError('deadline_exceeded', 'the deadline of the bulk has passed', {
    field: '/deadline',
    limit: new Date(now).toISOString(),
    next: 'set a later deadline, or leave it out for 24 hours',
  })
}

function allRejected(rejected: Rejected): AppError {
  const first = rejected[0]?.error
  return new AppError(
    'impossible',
    `none of the ${rejected.length} jobs can be accepted: ${first?.message}`,
    {
      field: '/jobs',
      limit: first?.limit,
      next: first?.next ?? 'correct the jobs as said under "rejected"',
      extra: { accepted: 0, rejected: rejected.slice(0, rejectedShown) },
    },
  )
}
