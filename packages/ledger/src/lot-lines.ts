import type { Sql } from './database.ts'
import type { RunnableJob } from './ledger.ts'
import { type AttemptRecord, type CandidateRecord, type JobRecord, toAttempt, toRunnableJob } from './rows.ts'

/** Lines of a lot that have no end yet, or one that nobody knows; each with its attempt as the live one. */
export async function readOpenLines(
  sql: Sql,
  lotId: string,
  { after, limit, ids }: { after: string | null; limit: number; ids: readonly string[] | null },
): Promise<RunnableJob[]> {
  const attempts = await sql<AttemptRecord[]>`
    select * from attempts
    where lot_id = ${lotId} and state in ('submitting', 'submitted', 'unknown')
      ${ids === null ? sql`` : sql`and id = any(${[...ids]}::text[])`}
      ${after === null ? sql`` : sql`and id > ${after}`}
    order by id limit ${limit}`
  return withJobs(sql, attempts)
}

/** Each job with this attempt as its live one, and the choice that it was made by. */
export async function withJobs(sql: Sql, taken: readonly AttemptRecord[]): Promise<RunnableJob[]> {
  if (taken.length === 0) return []
  const jobs = await sql<(JobRecord & { attempt_id: string; choice: CandidateRecord | null })[]>`
    select j.*, a.id as attempt_id, p.body->'choice' as choice
    from attempts a join jobs j on j.id = a.job_id left join plans p on p.id = coalesce(a.plan_id, j.plan_id)
    where a.id = any(${taken.map(({ id }) => id)}::text[]) and j.tag is not null order by a.id`
  const attempts = new Map(taken.map((row) => [row.id, toAttempt(row)]))
  return jobs.map((row) => toRunnableJob(row, attempts.get(row.attempt_id) ?? null))
}
