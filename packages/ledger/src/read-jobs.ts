import { AppError } from '@halftone/contracts'
import { cancelBulk, cancelJob } from './cancel.ts'
import type { Database, Sql } from './database.ts'
import type { JobFilter, JobReader } from './ledger.ts'
import { selectBulks } from './read-bulks.ts'
import {
  type AttemptRecord,
  type JobRecord,
  type PlanRecord,
  toAttempt,
  toBulk,
  toJob,
  toPlan,
} from './rows.ts'

export function createJobReader(database: Database): JobReader {
  const job = (projectId: string, id: string) =>
    database.run((sql) => sql<JobRecord[]>`select * from jobs where id = ${id} and project_id = ${projectId}`)
  const bulk: JobReader['bulk'] = async (projectId, id) => {
    const [row] = await database.run((sql) => selectBulks(sql, [id]))
    return row?.project_id === projectId ? toBulk(row) : null
  }
  return {
    async job(projectId, id) {
      const [row] = await job(projectId, id)
      if (!row) return null
      const [attempts, [plan]] = await database.run((sql) =>
        Promise.all([
          sql<AttemptRecord[]>`select * from attempts where job_id = ${id} order by started_at, id`,
          sql<{ body: PlanRecord }[]>`select body from plans where id = ${row.plan_id}`,
        ]),
      )
      return { job: toJob(row), attempts: attempts.map(toAttempt), plan: plan ? toPlan(plan.body) : null }
    },
    async list(projectId, filter) {
      const rows = await database.run((sql) => selectJobs(sql, projectId, filter))
      const page = rows.slice(0, filter.limit)
      const last = page.at(-1)
      return {
        jobs: page.map(toJob),
        nextCursor:
          last && rows.length > page.length ? writeCursor(filter.bulkId ? last.bulk_index : last.id) : null,
      }
    },
    bulk,
    async cancelJob(projectId, id) {
      const [owned] = await job(projectId, id)
      if (!owned) return null
      await database.transact((tx) => cancelJob(tx, id))
      const [row] = await job(projectId, id)
      return row ? toJob(row) : null
    },
    async cancelBulk(projectId, id) {
      await database.transact((tx) => cancelBulk(tx, projectId, id))
      return bulk(projectId, id)
    },
    async depth() {
      return database.run(
        (sql) => sql<{ pool: string; waiting: number; running: number }[]>`
        select pool, sum(waiting)::int as waiting, sum(running)::int as running from (
          select pool, count(*) as waiting, 0 as running from jobs
            where status = 'classified' and pool is not null group by pool
          union all select pool, count(*), 0 from jobs where status = 'dispatched' group by pool
          union all select pool, 0, count(*) from jobs where status = 'running' group by pool) as counted
        group by pool order by pool`,
      )
    },
  }
}

/** One row more than the page, to know whether there is another page. */
function selectJobs(sql: Sql, projectId: string, filter: JobFilter) {
  const { status, bulkId, contentType, provider, metadata = {}, cursor } = filter
  const after = cursor === undefined ? null : readCursor(cursor, bulkId === undefined ? 'string' : 'number')
  const metadataMatches = Object.entries(metadata).reduce(
    (all, [key, value]) => sql`${all} and body->'metadata'->>${key} = ${value}`,
    sql``,
  )
  return sql<JobRecord[]>`
    select * from jobs where project_id = ${projectId}
      ${status === undefined ? sql`` : sql`and status = ${status}`}
      ${contentType === undefined ? sql`` : sql`and tag->>'label' = ${contentType}`}
      ${provider === undefined ? sql`` : sql`and provider = ${provider}`}
      ${metadataMatches}
      ${
        bulkId === undefined
          ? sql`${after === null ? sql`` : sql`and id < ${after}`} order by id desc`
          : sql`and bulk_id = ${bulkId} ${after === null ? sql`` : sql`and bulk_index > ${after}`} order by bulk_index`
      }
    limit ${filter.limit + 1}`
}

function writeCursor(place: string | number | null): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

function readCursor(cursor: string, type: 'string' | 'number'): string | number {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (typeof place === type && (typeof place === 'string' || Number.isInteger(place)))
      return place as string | number
  } catch {
    // not one of ours
  }
  throw new AppError('invalid_request', 'the cursor is not one that this list gave', {
    field: '/cursor',
    next: 'leave it out to start at the first page',
  })
}
