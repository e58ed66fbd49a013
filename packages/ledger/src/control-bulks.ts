import { AppError, type Nano } from '@halftone/contracts'
import type { Database, Sql } from './database.ts'
import type { BulkControls, BulkRow } from './ledger.ts'
import { selectBulks } from './read-bulks.ts'
import { type JobRecord, toBulk, toJob } from './rows.ts'

type FailedRecord = JobRecord & { retried_in: string | null }

export function createBulkControls(database: Database): BulkControls {
  const read = async (projectId: string, id: string): Promise<BulkRow | null> => {
    const [row] = await database.run((sql) => selectBulks(sql, [id]))
    return row?.project_id === projectId ? toBulk(row) : null
  }
  const control =
    (work: (tx: Sql, projectId: string, id: string) => Promise<unknown>) =>
    async (projectId: string, id: string) => {
      await database.transact((tx) => work(tx, projectId, id))
      return read(projectId, id)
    }
  return {
    pause: control(pause),
    resume: control(
      (tx, projectId, id) =>
        tx`update bulks set status = 'running' where id = ${id} and project_id = ${projectId} and status = 'paused'`,
    ),
    change: (projectId, id, to) => control((tx) => change(tx, projectId, id, to))(projectId, id),
    async failed(projectId, id, statuses) {
      const bulk = await read(projectId, id)
      if (!bulk) return null
      const [jobs, [money]] = await database.run((sql) =>
        Promise.all([
          sql<FailedRecord[]>`
            select j.*, r.bulk_id as retried_in from jobs j left join jobs r on r.retry_of = j.id
            where j.bulk_id = ${id} and j.status = any(${[...statuses]}::text[]) order by j.bulk_index`,
          sql<{ left: Nano | null }[]>`
            select case when budget_nano is not null then greatest(budget_nano - held_nano - spent_nano, 0) end as left
            from bulks where id = ${id}`,
        ]),
      )
      return {
        bulk,
        budgetLeft: money?.left ?? null,
        jobs: jobs.map((row) => ({
          job: toJob(row),
          unknown: row.unknown_nano > 0n,
          retriedIn: row.retried_in,
        })),
      }
    },
  }
}

/** Tickets that are out for its jobs are void by this: what nobody has claimed goes back to wait. */
async function pause(tx: Sql, projectId: string, id: string): Promise<void> {
  const [bulk] = await tx`
    update bulks set status = 'paused'
    where id = ${id} and project_id = ${projectId} and status = 'running' and not cancel_requested returning id`
  if (!bulk) return
  await lockWaiting(tx, id)
  await tx`update jobs set status = 'classified', pool = null where bulk_id = ${id} and status = 'dispatched'`
}

async function change(
  tx: Sql,
  projectId: string,
  id: string,
  { priority = null, deadline = null }: { priority?: number | null; deadline?: Date | null },
): Promise<void> {
  const [bulk] = await tx`select from bulks where id = ${id} and project_id = ${projectId} for no key update`
  if (!bulk) return
  await lockWaiting(tx, id)
  const [late] = await tx<{ runAt: Date }[]>`
    select run_at as "runAt" from jobs
    where bulk_id = ${id} and finished_at is null and status <> 'running' and run_at >= ${deadline}::timestamptz
    order by run_at desc limit 1`
  if (late) throw tooEarly(late.runAt)
  // what it was to be bought by was chosen for another deadline
  await tx`
    update jobs set priority = coalesce(${priority}::smallint, priority),
      deadline = coalesce(${deadline}::timestamptz, deadline),
      pool = case when status = 'classified' then null else pool end
    where bulk_id = ${id} and status in ('queued', 'classified', 'dispatched')`
}

function lockWaiting(tx: Sql, bulkId: string) {
  return tx`
    select from jobs where bulk_id = ${bulkId} and status in ('queued', 'classified', 'dispatched')
    order by id for no key update`
}

function tooEarly(runAt: Date): AppError {
  return new AppError('deadline_exceeded', 'a job of this bulk has a run_at after that deadline', {
    field: '/deadline',
    limit: runAt.toISOString(),
    next: 'set a later deadline, or cancel that job',
  })
}
