import type { Booking, Entry } from './booking.ts'
import { asRows, type Sql } from './database.ts'
import type { Account, Locked } from './lock-jobs.ts'
import { writeNews } from './tell-news.ts'

/** Writes what was booked. The statements leave together, so a batch costs one round trip more, not eight. */
export async function writeBooking(tx: Sql, booking: Booking, locked: Locked): Promise<void> {
  const writes: PromiseLike<unknown>[] = []
  if (booking.attempts.length > 0) writes.push(writeAttempts(tx, booking))
  if (booking.live.length > 0) writes.push(writeLive(tx, booking))
  if (booking.resolved.length > 0) writes.push(writeResolved(tx, booking))
  if (booking.returned.length > 0) writes.push(writeReturned(tx, booking))
  if (booking.ended.length > 0) writes.push(writeEnded(tx, booking))
  // after those: of a job that is in both, this has the last word
  if (booking.changed.length > 0) writes.push(writeChanged(tx, booking))
  writes.push(...writeFiles(tx, booking))
  if (booking.entries.length > 0)
    writes.push(writeEntries(tx, booking.entries), ...writeBalances(tx, booking, locked))
  if (booking.bulks.size > 0) writes.push(writeBulks(tx, booking, locked))
  if (booking.news.length > 0) writes.push(writeNews(tx, booking.news))
  await Promise.all(writes)
}

function writeAttempts(tx: Sql, booking: Booking) {
  return tx`
    update attempts a set state = r.state, cost_nano = r.cost, paid = r.paid, error = r.error, finished_at = now()
    from json_to_recordset(${asRows(booking.attempts)}::text::json)
      as r (id text, state text, cost bigint, paid boolean, error jsonb)
    where a.id = r.id`
}

function writeLive(tx: Sql, { live }: Booking) {
  return tx`
    update attempts a set live_nano = r.live from json_to_recordset(${asRows(live)}::text::json) as r (id text, live bigint)
    where a.id = r.id`
}

function writeResolved(tx: Sql, booking: Booking) {
  return tx`
    update attempts a set state = 'resolved', cost_nano = r.cost, paid = r.paid, evidence = r.evidence,
      resolved_at = now()
    from json_to_recordset(${asRows(booking.resolved)}::text::json)
      as r (id text, cost bigint, paid boolean, evidence jsonb)
    where a.id = r.id`
}

/** The job stays in its state; what it holds, what it cost and its pictures are told anew. */
function writeChanged(tx: Sql, booking: Booking) {
  const images = Map.groupBy(booking.changed, ({ job }) => job)
  const rows = [...images].map(([job, changes]) => ({
    id: job.id,
    hold: job.hold,
    unknown: job.unknown,
    absorbed: job.absorbed,
    resolved: job.resolved,
    cost: job.cost,
    sequence: job.sequence,
    images: changes.flatMap((change) => change.images),
  }))
  return tx`
    update jobs j set hold_nano = r.hold, unknown_nano = r.unknown, absorbed_nano = r.absorbed,
      resolved_nano = r.resolved, cost_nano = r.cost, sequence = r.sequence, images = j.images || r.images
    from json_to_recordset(${asRows(rows)}::text::json)
      as r (id text, hold bigint, unknown bigint, absorbed bigint, resolved bigint, cost bigint, sequence int,
        images jsonb)
    where j.id = r.id`
}

function writeReturned(tx: Sql, booking: Booking) {
  return tx`
    update jobs j set status = 'classified', pool = null, hold_nano = r.hold, unknown_nano = r.unknown,
      absorbed_nano = r.absorbed, rebuys = r.rebuys, plan_after = now() + r."delayMs" * interval '1 millisecond',
      avoid = case when r.avoid is null or r.avoid = any(j.avoid) then j.avoid else j.avoid || r.avoid end
    from json_to_recordset(${asRows(booking.returned)}::text::json)
      as r (id text, hold bigint, unknown bigint, absorbed bigint, rebuys smallint, avoid text, "delayMs" float8)
    where j.id = r.id`
}

function writeEnded(tx: Sql, booking: Booking) {
  const rows = booking.ended.map(({ job, end, cost }) => ({
    id: job.id,
    status: end.status,
    hold: job.hold,
    unknown: job.unknown,
    absorbed: job.absorbed,
    resolved: job.resolved,
    sequence: job.sequence,
    cost,
    provider: end.attempt?.provider ?? null,
    model: end.attempt?.model ?? null,
    images: end.images ?? [],
    error: end.error,
  }))
  return tx`
    update jobs j set status = r.status, hold_nano = r.hold, unknown_nano = r.unknown,
      absorbed_nano = r.absorbed, resolved_nano = r.resolved, sequence = r.sequence, cost_nano = r.cost,
      provider = r.provider, model = r.model, images = r.images || j.images, error = r.error, finished_at = now()
    from json_to_recordset(${asRows(rows)}::text::json)
      as r (id text, status text, hold bigint, unknown bigint, absorbed bigint, resolved bigint, sequence int,
        cost bigint, provider text, model text, images jsonb, error jsonb)
    where j.id = r.id`
}

function writeFiles(tx: Sql, booking: Booking) {
  const made = [
    ...booking.ended.map(({ job, end }) => ({ job, images: end.images ?? [] })),
    ...booking.changed,
  ]
  const rows = made.flatMap(({ job: { id: jobId, projectId }, images }) =>
    images.map((image) => ({ ...image, jobId, projectId })),
  )
  if (rows.length === 0) return []
  return [
    tx`
      insert into files (id, project_id, purpose, sha256, width, height, format, bytes, job_id)
      select "fileId", "projectId", 'result', sha256, width, height, format, bytes, "jobId"
      from json_to_recordset(${asRows(rows)}::text::json)
        as r ("fileId" text, "projectId" text, sha256 text, width int, height int, format text, bytes int, "jobId" text)
      on conflict (id) do nothing`,
  ]
}

export function writeEntries(tx: Sql, entries: Entry[]) {
  return tx`
    insert into ledger_entries
      (kind, project_id, bulk_id, job_id, attempt_id, from_account, to_account, nano, price_version)
    select kind, "projectId", "bulkId", "jobId", "attemptId", "from", "to", nano, "priceVersion"
    from json_to_recordset(${asRows(entries)}::text::json)
      as r (kind text, "projectId" text, "bulkId" text, "jobId" text, "attemptId" text, "from" text, "to" text,
        nano bigint, "priceVersion" bigint)`
}

function writeBalances(tx: Sql, booking: Booking, locked: Locked) {
  const moved = [...booking.moved]
  const bulks = moved.filter((account) => locked.bulks.has(account.id))
  const writes = [
    writeAccounts(
      tx,
      'projects',
      moved.filter((account) => locked.projects.has(account.id)),
    ),
  ]
  if (bulks.length > 0) writes.push(writeAccounts(tx, 'bulks', bulks))
  return writes
}

/** Whole balances, not differences: the rows are locked. */
export function writeAccounts(tx: Sql, table: 'projects' | 'bulks', accounts: Account[]) {
  const rows = accounts.map(({ id, held, spent }) => ({ id, held, spent }))
  return tx`
    update ${tx(table)} account set held_nano = r.held, spent_nano = r.spent
    from json_to_recordset(${asRows(rows)}::text::json) as r (id text, held bigint, spent bigint)
    where account.id = r.id`
}

function writeBulks(tx: Sql, booking: Booking, locked: Locked) {
  const rows = [...booking.bulks].map((id) => {
    const bulk = locked.bulks.get(id)!
    return { id, status: bulk.status, ended: bulk.ended, done: bulk.ended >= bulk.total }
  })
  return tx`
    update bulks b set status = r.status, ended = r.ended, finished_at = case when r.done then now() end
    from json_to_recordset(${asRows(rows)}::text::json) as r (id text, status text, ended int, done boolean)
    where b.id = r.id`
}
