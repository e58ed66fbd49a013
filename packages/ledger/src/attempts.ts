import { crashPoint, errorTable } from '@halftone/contracts'
import { createBatcher } from './batcher.ts'
import { claimJobs } from './claim.ts'
import { asRows, type Database, type Sql } from './database.ts'
import { finishAttempts } from './finish.ts'
import type { Attempts, Claim, ClaimRequest, Finish, Finished, RunnableJob } from './ledger.ts'
import { type AttemptRecord, type CandidateRecord, type JobRecord, toAttempt, toRunnableJob } from './rows.ts'

interface Submission {
  id: string
  fence: bigint
  providerRef: string
}

export function createAttempts(database: Database): Attempts & { idle(): Promise<void> } {
  /**
   * Attempts that this process was told are its own, and has not finished. Only their leases are extended: a
   * claim that was committed while its caller heard `unavailable` must run out, or nobody would ever take it over.
   */
  const mine = new Set<string>()

  const loads = createBatcher<string, RunnableJob | null>({
    flush: (ids) => database.run((sql) => load(sql, ids)),
  })
  const claims = createBatcher<ClaimRequest, Claim>({
    flush: (requests) =>
      database.transact((tx) => claimJobs(tx, requests), {
        point: 'during-claim-commit',
        ids: requests.map(({ jobId }) => jobId),
      }),
    keyOf: (request) => request.jobId,
  })
  const submissions = createBatcher<Submission, true>({
    flush: (rows) => database.transact((tx) => markSubmitted(tx, rows)),
    keyOf: (row) => row.id,
  })
  const finishes = createBatcher<Finish, Finished>({
    flush: (rows) =>
      database.transact((tx) => finishAttempts(tx, rows), {
        point: 'during-settle-commit',
        ids: rows.map(({ attemptId }) => attemptId),
      }),
    keyOf: (finish) => finish.attemptId,
  })

  return {
    load: (jobId) => loads.add(jobId),
    async claim(request) {
      await crashPoint('before-claim', () => [request.jobId])
      const claim = await claims.add(request)
      if (claim.kind === 'claimed') {
        mine.add(claim.attemptId)
        await crashPoint('after-claim', () => [request.jobId, claim.attemptId])
      }
      if (claim.kind === 'takeover') mine.add(claim.attempt.id)
      return claim
    },
    async submitted(id, fence, providerRef) {
      await submissions.add({ id, fence, providerRef })
    },
    async finish(finish) {
      await crashPoint('after-store', () => [finish.attemptId])
      const finished = await finishes.add(finish)
      mine.delete(finish.attemptId)
      await crashPoint('after-settle', () => [finish.attemptId])
      return finished
    },
    async extendLeases(owner, leaseMs) {
      if (mine.size === 0) return
      await database.run(
        (sql) => sql`
        with leased as (
          select id from attempts
          where id = any(${[...mine]}::text[]) and lease_owner = ${owner} and state in ('submitting', 'submitted')
          order by id for no key update)
        update attempts a set lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
        from leased where a.id = leased.id`,
      )
    },
    async handOver(owner) {
      mine.clear()
      await database.run(
        (sql) => sql`
        with leased as (
          select id from attempts
          where lease_owner = ${owner} and state = 'submitted' order by id for no key update)
        update attempts a set lease_until = clock_timestamp() from leased where a.id = leased.id`,
      )
    },
    async giveBack(jobId, generation, avoid, delayMs) {
      await database.run(
        (sql) => sql`
        update jobs set status = 'classified', pool = null,
          plan_after = now() + ${delayMs}::float8 * interval '1 millisecond',
          avoid = case when ${avoid}::text is null or ${avoid}::text = any(avoid) then avoid
            else avoid || ${avoid}::text end
        where id = ${jobId} and generation = ${generation} and status = 'dispatched'`,
      )
    },
    async unknown() {
      const rows = await database.run(
        (sql) => sql<AttemptRecord[]>`
        select * from attempts where state = 'unknown' order by started_at`,
      )
      return rows.map(toAttempt)
    },
    async idle() {
      await Promise.all([loads.idle(), claims.idle(), submissions.idle(), finishes.idle()])
    },
  }
}

/** Codes that speak against the provider, whoever is called next. */
const providerFaults = Object.entries(errorTable).flatMap(([code, { next }]) =>
  next === 'try-next-provider' || next === 'find-out-first' ? code : [],
)

/** A ticket may come before its job was tagged and planned only by mistake: such a job is not runnable. */
async function load(sql: Sql, ids: string[]): Promise<(RunnableJob | null)[]> {
  const [jobs, live] = await Promise.all([
    sql<(JobRecord & { choice: CandidateRecord | null; failedAttempts: number })[]>`
      select j.*, p.body->'choice' as choice,
        case when j.generation <= 1 then 0 else (
          select count(*)::int from attempts a where a.job_id = j.id and a.state in ('released', 'unknown')
            and a.error->>'code' = any(${providerFaults}::text[])) end as "failedAttempts"
      from jobs j left join plans p on p.id = j.plan_id
      where j.id = any(${ids}::text[]) and j.tag is not null`,
    sql<AttemptRecord[]>`
      select * from attempts where job_id = any(${ids}::text[]) and state in ('submitting', 'submitted')`,
  ])
  const attempts = new Map(live.map((row) => [row.job_id, toAttempt(row)]))
  const found = new Map(
    jobs.map((row): [string, RunnableJob] => [row.id, toRunnableJob(row, attempts.get(row.id) ?? null)]),
  )
  return ids.map((id) => found.get(id) ?? null)
}

async function markSubmitted(tx: Sql, rows: Submission[]): Promise<true[]> {
  const ids = rows.map((row) => row.id)
  await Promise.all([
    tx`select from attempts where id = any(${ids}::text[]) order by id for no key update`,
    tx`
      update attempts a set state = 'submitted', provider_ref = r."providerRef", submitted_at = now()
      from json_to_recordset(${asRows(rows)}::text::json) as r (id text, fence bigint, "providerRef" text)
      where a.id = r.id and a.fence = r.fence and a.state = 'submitting'`,
  ])
  return rows.map(() => true)
}
