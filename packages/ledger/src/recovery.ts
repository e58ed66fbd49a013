import { type JobBody, modelKey, type PublicError } from '@halftone/contracts'
import { bookUnknown } from './book-unknown.ts'
import { end, leaveUnknown, newBooking } from './booking.ts'
import { asRows, type Database, type Sql } from './database.ts'
import { endWaiting } from './dispatch.ts'
import { lead } from './lead.ts'
import type { Recovery } from './ledger.ts'
import { type LockedAttempt, lockJobs } from './lock-jobs.ts'
import { allowsRebuy } from './may-rebuy.ts'
import { writeBooking } from './write-booking.ts'

type Expired = Awaited<ReturnType<Recovery['expiredLeases']>>
type Retry = Expired['retry'][number]

/** A ticket for a takeover that nobody worked on in this time is taken for lost. */
const ticketAgainSeconds = 15
const orphanMsDefault = 600_000

const poisonError: PublicError = {
  code: 'poison',
  message: 'the job stopped its worker again and again',
  next: 'report it: whether its last call was paid is being found out',
}

const orphanError: PublicError = {
  code: 'outcome_unknown',
  message: 'no worker was there to ask the provider how the call ended',
  next: 'start a worker for this provider: it finds out whether the call was paid',
}

const deadlineError: PublicError = {
  code: 'deadline_exceeded',
  message: 'the deadline passed before the job could be started',
  next: 'post it again with a later deadline',
}

export function createRecovery(database: Database, url: string): Recovery {
  return {
    async unticketed(olderThanMs, limit) {
      return database.run(
        (sql) => sql<{ id: string }[]>`
        select id from jobs
        where status = 'queued' and created_at < now() - ${olderThanMs}::float8 * interval '1 millisecond'
        order by created_at limit ${limit}`,
      )
    },
    async dispatchedSince(olderThanMs, limit) {
      return database.run(
        (sql) => sql<Retry[]>`
        select id, pool, generation from jobs
        where status = 'dispatched' and dispatched_at < now() - ${olderThanMs}::float8 * interval '1 millisecond'
        order by dispatched_at limit ${limit}`,
      )
    },
    async redispatch(jobs) {
      if (jobs.length === 0) return []
      return database.run(
        (sql) => sql<Retry[]>`
        with lost as (
          select j.id from jobs j
          join json_to_recordset(${asRows(jobs)}::text::json) as r (id text, generation int)
            on r.id = j.id and r.generation = j.generation
          where j.status = 'dispatched' order by j.id for no key update of j)
        update jobs j set generation = j.generation + 1, dispatched_at = now() from lost
        where j.id = lost.id returning j.id, j.pool, j.generation`,
      )
    },
    expiredLeases(recoveriesMax, limit, orphanMs = orphanMsDefault) {
      // counted in tickets, not in time: while nobody is there to issue them, nobody is late
      const ticketsMax = Math.ceil(orphanMs / (ticketAgainSeconds * 1_000))
      return database.transact((tx) => recoverLeases(tx, { recoveriesMax, limit, ticketsMax }))
    },
    expire: (limit) =>
      database.transact(async (tx) => {
        const late = await tx<{ id: string }[]>`
          select id from jobs
          where status in ('queued', 'classified', 'dispatched') and deadline < now() order by deadline limit ${limit}`
        return late.length === 0
          ? []
          : endWaiting(
              tx,
              late.map(({ id }) => ({ id, status: 'expired', error: deadlineError })),
            )
      }),
    lead: (name) => lead({ url, name }),
  }
}

/**
 * A recovery counts once per holder of the lease: it is that worker's death that speaks against the job. While
 * no worker is there to take over, the ticket is repeated, and nothing counts.
 */
async function recoverLeases(
  tx: Sql,
  { recoveriesMax, limit, ticketsMax }: { recoveriesMax: number; limit: number; ticketsMax: number },
): Promise<Expired> {
  const due = await tx<{ id: string }[]>`
    select job_id as id from attempts
    where state in ('submitting', 'submitted') and lease_until < now() and recover_after <= now()
    order by lease_until limit ${limit}`
  if (due.length === 0) return { retry: [], ended: [] }

  const locked = await lockJobs(
    tx,
    due.map(({ id }) => ({ id, worst: null })),
  )
  const isOrphan = (attempt: LockedAttempt) => attempt.unanswered >= ticketsMax
  const policies = await readPolicies(
    tx,
    due.flatMap(({ id }) => {
      const attempt = locked.live.get(id)
      return attempt && isOrphan(attempt) ? [id] : []
    }),
  )
  const booking = newBooking()
  const retry: (Retry & { attemptId: string; recoveries: number })[] = []
  for (const { id } of due) {
    const job = locked.jobs.get(id)
    const attempt = locked.live.get(id)
    // somebody took it over, or finished it, before we had the lock
    if (!job || !attempt || attempt.leaseValid || !attempt.recoverNow) continue
    const counts = attempt.fence > attempt.recoveredFence
    if (counts && job.recoveries >= recoveriesMax) {
      leaveUnknown(booking, job, attempt, poisonError)
      end(booking, locked, job, { status: 'failed', error: poisonError, attempt })
    } else if (!counts && isOrphan(attempt)) {
      const { on_unknown: onUnknown, model: pinned } = policies.get(id)!
      const rebuy = allowsRebuy(onUnknown, attempt.worst)
      const avoid = pinned ? null : modelKey(attempt)
      bookUnknown(booking, locked, job, attempt, { error: orphanError, rebuy, avoid })
    } else
      retry.push({
        id,
        pool: job.pool ?? attempt.provider,
        generation: job.generation + 1,
        attemptId: attempt.id,
        recoveries: job.recoveries + (counts ? 1 : 0),
      })
  }
  await Promise.all([writeRetries(tx, retry), writeBooking(tx, booking, locked)])
  return {
    retry: retry.map(({ id, pool, generation }) => ({ id, pool, generation })),
    ended: booking.ended.map(({ jobId, bulkId }) => ({ jobId, bulkId })),
  }
}

/** How the caller wants to be served; read of few jobs, since bodies are large. */
async function readPolicies(tx: Sql, ids: string[]): Promise<Map<string, JobBody['routing']>> {
  if (ids.length === 0) return new Map()
  const rows = await tx<{ id: string; routing: JobBody['routing'] }[]>`
    select id, body->'routing' as routing from jobs where id = any(${ids}::text[])`
  return new Map(rows.map(({ id, routing }) => [id, routing]))
}

async function writeRetries(
  tx: Sql,
  retries: (Retry & { attemptId: string; recoveries: number })[],
): Promise<void> {
  if (retries.length === 0) return
  const rows = asRows(retries)
  await Promise.all([
    tx`
      update jobs j set generation = r.generation, recoveries = r.recoveries
      from json_to_recordset(${rows}::text::json) as r (id text, generation int, recoveries smallint)
      where j.id = r.id`,
    tx`
      update attempts a set recovered_fence = a.fence, unanswered = a.unanswered + 1, recover_after = now() + ${ticketAgainSeconds} * interval '1 second'
      from json_to_recordset(${rows}::text::json) as r ("attemptId" text)
      where a.id = r."attemptId"`,
  ])
}
