import { AppError, type BulkAccepted, newId, type ProviderLimits, parseUsd, toUsd } from '@halftone/contracts'
import type { Idempotency, NewBulk, NewJob } from '@halftone/ledger'
import type { Stored } from '../idempotency.ts'
import type { AcceptParts } from './accept-job.ts'
import { type Baseline, baseline, type JobPlan, type PlannedJobs } from './baseline.ts'
import { type Binding, bindQuote } from './bind-quote.ts'
import { fitHolds, sum } from './bulk-holds.ts'
import { noWebhook } from './check-webhook.ts'
import type { PreparedJob } from './prepare-job.ts'
import {
  deadlineOf,
  finishOf,
  groupByPlan,
  type PreparedLine,
  prepareLines,
  type Rejected,
} from './prepare-lines.ts'
import type { BulkInput } from './read-bulk.ts'
import { createInputResolver } from './resolve-inputs.ts'
import { storeUploads } from './store-uploads.ts'

export interface AcceptBulkParts extends AcceptParts {
  rateOf(provider: string): ProviderLimits
}

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
  { dataUris = false }: { dataUris?: boolean } = {},
): Promise<Stored> {
  const { ledger, store } = parts
  const { fields } = input
  const now = parts.clock()
  const quote =
    fields.quote_id === undefined
      ? null
      : await bindQuote(ledger.quotes, {
          projectId,
          id: fields.quote_id,
          kind: 'bulk',
          overrunMax: parts.overrunMax,
        })
  const own = await parts.checkWebhook(projectId, fields.webhook)
  const { prepared, rejected } = await prepareLines(parts, input, {
    quote,
    projectId,
    now,
    resolver: createInputResolver({ ...parts, projectId, files: ledger.files, dataUris }),
    bulk: {
      deadline: deadlineOf(fields, now),
      told: fields.webhook_mode === 'bulk' ? noWebhook : own,
    },
  })
  if (prepared.length === 0) throw allRejected(rejected)

  const groups = groupByPlan(prepared)
  if (quote) checkWhole(quote, prepared)
  const best = quote ? quote.baseline : baseline([...groups.values()])
  const jobs = withHolds(
    prepared,
    groups,
    best,
    fields.budget ? parseUsd(fields.budget.max_cost_usd) : null,
  ).map((job, i) => ({ ...job, retryOf: input.retry?.jobIds[prepared[i]?.index ?? -1] ?? null }))
  const bulk: NewBulk = {
    id: newId('bulk'),
    budget: fields.budget ? parseUsd(fields.budget.max_cost_usd) : null,
    baseline: best?.total ?? null,
    baselineModel: best?.model ?? null,
    expectedFinish: finishOf(prepared, [...groups.values()], parts, now),
    ...(fields.webhook_mode === 'job' ? noWebhook : own),
    metadata: fields.metadata ?? {},
    quoteId: quote?.quoteId ?? null,
    retryOf: input.retry?.bulkId ?? null,
  }
  const answer: BulkAccepted = {
    id: bulk.id,
    accepted: jobs.length,
    rejected,
    reserved_usd: toUsd(sum(jobs.map((job) => job.hold))),
    expected_usd: toUsd(sum(jobs.map((job) => job.quoted ?? 0n))),
    expected_finish: (bulk.expectedFinish ?? new Date(now)).toISOString(),
    ...input.retry?.answer,
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

function checkWhole(quote: Binding, prepared: readonly PreparedLine[]): void {
  quote.checkWhole(prepared.map(({ index, read, job }) => ({ index, read, bound: Boolean(job.quote) })))
}

function withHolds(
  prepared: readonly PreparedJob[],
  groups: ReadonlyMap<JobPlan, PlannedJobs>,
  best: Baseline | null,
  budget: bigint | null,
): NewJob[] {
  const holds = fitHolds(
    // what a quote promised is held whole
    prepared.map(({ job, plan }) => ({ hold: job.hold, ranked: job.quote ? [] : plan.ranked })),
    budget,
  )
  return prepared.map(({ job, plan }, i) => {
    const group = groups.get(plan)
    return { ...job, hold: holds[i] ?? job.hold, baseline: best && group ? best.of(group) : null }
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
