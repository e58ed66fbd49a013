import type { Nano } from '@halftone/contracts'
import { createBatcher } from './batcher.ts'
import { newBooking } from './booking.ts'
import { asRows, type Database, type Sql, toJson } from './database.ts'
import type { Reconciliation, Resolution, Resolved, RunnableJob } from './ledger.ts'
import { type LockedAttempt, lockJobs, lockUnknown } from './lock-jobs.ts'
import { withJobs } from './lot-lines.ts'
import { callsBetween, findUnknown, listUnknown, unknownTotals } from './read-unknown.ts'
import { resolve } from './resolve.ts'
import type { AttemptRecord } from './rows.ts'
import { writeBooking } from './write-booking.ts'

type TakeOptions = Parameters<Reconciliation['take']>[1]

export function createReconciliation(database: Database): Reconciliation & { idle(): Promise<void> } {
  const hints = createBatcher<{ id: string; providerRef: string }, true>({
    flush: (rows) => database.transact((tx) => keepHints(tx, rows)),
    keyOf: ({ id }) => id,
  })
  return {
    async take(providers, options) {
      return providers.length === 0 ? [] : database.run((sql) => takeDue(sql, providers, options))
    },
    unresolved: (provider, limit) => database.run((sql) => readUnresolved(sql, provider, limit)),
    async resolve(resolutions) {
      if (resolutions.length === 0) return []
      return database.transact((tx) => resolveAll(tx, resolutions), {
        point: 'during-resolve',
        ids: resolutions.map(({ attemptId }) => attemptId),
      })
    },
    async keepFinding(attemptIds, evidence) {
      await database.run(
        (sql) => sql`
        update attempts set evidence = ${toJson(evidence)}::text::jsonb
        where id = any(${attemptIds}::text[]) and state = 'unknown'`,
      )
    },
    async hint(id, providerRef) {
      await hints.add({ id, providerRef })
    },
    adopt: (id, fence, providerRef) => database.transact((tx) => adopt(tx, id, fence, providerRef)),
    callsBetween: (provider, from, to) => database.run((sql) => callsBetween(sql, provider, from, to)),
    list: (page) => database.run((sql) => listUnknown(sql, page)),
    totals: () => database.run(unknownTotals),
    find: (id) => database.run((sql) => findUnknown(sql, id)),
    idle: () => hints.idle(),
  }
}

async function takeDue(
  sql: Sql,
  providers: readonly string[],
  { everyMs, personMs, limit }: TakeOptions,
): Promise<RunnableJob[]> {
  const taken = await sql<AttemptRecord[]>`
    with due as (
      select id from attempts
      where state = 'unknown' and provider = any(${[...providers]}::text[]) and reconcile_after <= now()
        and lot_id is null
      order by reconcile_after limit ${limit} for no key update skip locked)
    update attempts a set
      reconcile_after = now() + least(greatest((now() - a.started_at) / 4, ${everyMs}::float8 * interval '1 millisecond'),
        greatest(interval '30 minutes', ${everyMs}::float8 * interval '1 millisecond')),
      person_since = coalesce(a.person_since,
        case when a.started_at < now() - ${personMs}::float8 * interval '1 millisecond' then now() end)
    from due where a.id = due.id returning a.*`
  return withJobs(sql, taken)
}

async function readUnresolved(sql: Sql, provider: string, limit: number): Promise<RunnableJob[]> {
  const rows = await sql<AttemptRecord[]>`
    select * from attempts where state = 'unknown' and provider = ${provider} and lot_id is null order by started_at limit ${limit}`
  return withJobs(sql, rows)
}

async function resolveAll(tx: Sql, resolutions: Resolution[]): Promise<Resolved[]> {
  const ids = resolutions.map(({ attemptId }) => attemptId)
  const targets = await tx<{ jobId: string }[]>`
    select distinct job_id as "jobId" from attempts where id = any(${ids}::text[])`
  const locked = await lockJobs(
    tx,
    targets.map(({ jobId }) => ({ id: jobId, worst: null })),
  )
  const unknown = await lockUnknown(tx, ids)
  if (unknown.size < ids.length) return []
  const booking = newBooking()
  const resolved = resolutions.map((resolution): Resolved => {
    const attempt: LockedAttempt = unknown.get(resolution.attemptId)!
    const job = locked.jobs.get(attempt.jobId)!
    const paid = resolution.outcome === 'paid'
    const cost: Nano = paid ? resolution.cost : 0n
    const status = resolve(booking, locked, job, attempt, { ...resolution, paid, cost })
    return { attemptId: attempt.id, jobId: job.id, bulkId: job.bulkId, status }
  })
  await writeBooking(tx, booking, locked)
  return resolved
}

/** The first that is told stays. An unknown attempt is looked at again at once. */
async function keepHints(tx: Sql, rows: { id: string; providerRef: string }[]): Promise<true[]> {
  const ids = rows.map(({ id }) => id)
  // no lock where there is nothing to write, which is nearly always: the worker has heard the id itself
  const open = await tx<{ id: string }[]>`
    select id from attempts
    where id = any(${ids}::text[]) and provider_ref is null and callback_ref is null
      and state in ('submitting', 'unknown')
    order by id for no key update`
  if (open.length > 0) {
    const wanted = new Set(open.map(({ id }) => id))
    await tx`
      update attempts a set callback_ref = r."providerRef", reconcile_after = '-infinity'
      from json_to_recordset(${asRows(rows.filter(({ id }) => wanted.has(id)))}::text::json)
        as r (id text, "providerRef" text)
      where a.id = r.id`
  }
  return rows.map(() => true)
}

async function adopt(tx: Sql, id: string, fence: bigint, providerRef: string): Promise<boolean> {
  // one at a time for each provider's id, so that two attempts never share one
  await tx`select pg_advisory_xact_lock(hashtextextended(${providerRef}, 0))`
  const [own] = await tx`
    update attempts a set provider_ref = ${providerRef}, submitted_at = coalesce(submitted_at, now()),
      state = case state when 'submitting' then 'submitted' else state end
    where id = ${id} and fence = ${fence} and state in ('submitting', 'submitted', 'unknown')
      and coalesce(provider_ref, ${providerRef}) = ${providerRef}
      and not exists (select from attempts o
        where o.provider = a.provider and o.provider_ref = ${providerRef} and o.id <> a.id)
    returning id`
  return own !== undefined
}
