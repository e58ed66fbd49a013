import { AppError, type BulkFields, type BulkRetried, toUsd, type WebhookTarget } from '@halftone/contracts'
import type { BulkControls, JobRow } from '@halftone/ledger'
import type { BulkInput } from './read-bulk.ts'

type Failed = NonNullable<Awaited<ReturnType<BulkControls['failed']>>>
type Wish = Pick<BulkFields, 'budget' | 'deadline'>

/**
 * The failed jobs of a bulk as the bulk that buys them once more; or the answer, if all were before. Throws `impossible`
 * when there is none.
 */
export function planRetry(
  { bulk, budgetLeft, jobs }: Failed,
  wish: Wish,
  now: number,
): { input: BulkInput } | { answer: BulkRetried } {
  const retriedIn = jobs.flatMap((one) => one.retriedIn ?? [])
  const open = jobs.filter((one) => one.retriedIn === null && !one.unknown)
  const skipped = { retried: retriedIn.length, unknown: jobs.length - retriedIn.length - open.length }
  const linked = { retry_of: bulk.id, skipped }
  const last = retriedIn.toSorted().at(-1)
  if (open.length === 0 && last !== undefined) {
    const nothing = { accepted: 0, rejected: [], reserved_usd: '0', expected_usd: '0' }
    return { answer: { id: last, ...nothing, expected_finish: new Date(now).toISOString(), ...linked } }
  }
  if (open.length === 0) throw nothingToRetry(skipped)
  const budget = wish.budget ?? (budgetLeft === null ? undefined : { max_cost_usd: toUsd(budgetLeft) })
  return {
    input: {
      fields: {
        budget,
        deadline: wish.deadline,
        webhook: webhookOf(bulk),
        webhook_mode: 'bulk',
        metadata: bulk.metadata as BulkFields['metadata'],
      },
      lines: open.map(({ job }) => ({ value: bodyOf(job) })),
      retry: { bulkId: bulk.id, jobIds: open.map(({ job }) => job.id), answer: linked },
    },
  }
}

/** As it was posted, without what held for that time only. */
function bodyOf(job: JobRow): object {
  const { deadline: _, run_at: __, quote_id: ___, ...rest } = job.body
  return { ...rest, webhook: webhookOf(job) }
}

function webhookOf({ webhookUrl, webhookEndpointId }: JobRow | Failed['bulk']): WebhookTarget | undefined {
  if (webhookEndpointId) return { endpoint_id: webhookEndpointId }
  return webhookUrl === null ? undefined : { url: webhookUrl }
}

function nothingToRetry({ unknown }: { unknown: number }): AppError {
  return new AppError(
    'impossible',
    unknown > 0
      ? `the ${unknown} jobs of this bulk that are left may have been paid: that is being found out`
      : 'no job of this bulk ended that way',
    {
      field: '/statuses',
      next: unknown > 0 ? 'ask again later' : 'GET the bulk: its counts say how jobs ended',
    },
  )
}
