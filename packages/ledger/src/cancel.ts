import { canceledError } from './book-unknown.ts'
import { end, newBooking } from './booking.ts'
import type { Sql } from './database.ts'
import { waits } from './dispatch.ts'
import { lockJobs } from './lock-jobs.ts'
import { newMessageId, tellNews } from './tell-news.ts'
import { writeBooking } from './write-booking.ts'

/** Ends the job if no call is out for it; else leaves word for the worker. */
export async function cancelJob(tx: Sql, id: string): Promise<void> {
  const locked = await lockJobs(tx, [{ id, worst: null }])
  const job = locked.jobs.get(id)
  if (job?.status === 'running') await tx`update jobs set cancel_requested = true where id = ${id}`
  if (!job || !waits(job)) return
  const booking = newBooking()
  end(booking, locked, job, { status: 'canceled', error: canceledError })
  await writeBooking(tx, booking, locked)
}

/** All waiting jobs in one statement, however many; running ones are asked to stop. */
export async function cancelBulk(tx: Sql, projectId: string, id: string): Promise<void> {
  await tx`select from projects where id = ${projectId} for no key update`
  const [bulk] = await tx`
    update bulks set cancel_requested = true
    where id = ${id} and project_id = ${projectId} and status in ('running', 'paused') returning id`
  if (!bulk) return
  await tx`select from jobs where bulk_id = ${id} and finished_at is null order by id for no key update`
  await endWaitingJobs(tx, id)
  await tx`update jobs set cancel_requested = true where bulk_id = ${id} and status = 'running'`
  await tx`
    with closed as (
      update bulks set status = 'canceled', finished_at = now() where id = ${id} and ended = total
      returning id, project_id, webhook_url, webhook_endpoint_id),
    news as (
      select ${newMessageId(tx)} as id, project_id, 'image.bulk.completed' as type, null::text as job_id, id as bulk_id,
        1 as sequence, webhook_url as url, webhook_endpoint_id as endpoint_id, null::jsonb as data
      from closed),
    ${tellNews(tx)}
    select`
}

/** What the job's own statement would do, for all of them; `old` keeps the hold that the update frees. */
async function endWaitingJobs(tx: Sql, bulkId: string): Promise<void> {
  await tx`
    with canceled as (
      update jobs j set status = 'canceled', hold_nano = j.unknown_nano, sequence = j.sequence + 1,
        cost_nano = case when j.unknown_nano = 0 then j.resolved_nano end, error = ${tx.json({ ...canceledError })},
        finished_at = now()
      from jobs old
      where j.bulk_id = ${bulkId} and j.status in ('queued', 'classified', 'dispatched') and old.id = j.id
      returning j.id, j.project_id, j.bulk_id, j.webhook_url, j.webhook_endpoint_id,
        j.sequence, old.hold_nano - old.unknown_nano as freed),
    released as (
      insert into ledger_entries (kind, project_id, bulk_id, job_id, from_account, to_account, nano)
      select 'release', project_id, bulk_id, id, 'held', 'available', freed from canceled where freed > 0),
    news as (
      select ${newMessageId(tx)} as id, project_id, 'image.job.canceled' as type, id as job_id, bulk_id, sequence,
        webhook_url as url, webhook_endpoint_id as endpoint_id, null::jsonb as data
      from canceled),
    ${tellNews(tx)},
    summed as (select count(*)::int as jobs, coalesce(sum(freed), 0)::bigint as freed from canceled),
    freed as (
      update projects p set held_nano = p.held_nano - summed.freed from summed, bulks b
      where b.id = ${bulkId} and p.id = b.project_id)
    update bulks b set held_nano = b.held_nano - summed.freed, ended = b.ended + summed.jobs from summed
    where b.id = ${bulkId}`
}
