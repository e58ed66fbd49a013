import { AppError } from '@halftone/contracts'
import { cancelBulk, cancelJob } from './cancel.ts'
import { readChains } from './chains.ts'
import type { Database, Sql } from './database.ts'
import type { ChainTotals, JobFilter, JobReader, WholeJob } from './ledger.ts'
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
      const [whole] = await readWhole(database, await job(projectId, id))
      return whole ?? null
    },
    async list(projectId, filter) {
      const { rows, nextCursor } = await readPage(database, projectId, filter)
      return { jobs: rows.map(toJob), nextCursor }
    },
    async listWhole(projectId, filter) {
      const { rows, nextCursor } = await readPage(database, projectId, filter)
      return { jobs: await readWhole(database, rows), nextCursor }
    },
    bulk,
    async chain(rootId) {
      const totals = await database.run((sql) => readChains(sql, [rootId]))
      return totals.get(rootId) ?? { jobs: 0, spent: 0n, held: 0n, fresh: 0n }
    },
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

async function readPage(
  database: Database,
  projectId: string,
  filter: JobFilter,
): Promise<{ rows: JobRecord[]; nextCursor: string | null }> {
  const found = await database.run((sql) => selectJobs(sql, projectId, filter))
  const rows = found.slice(0, filter.limit)
  const last = rows.at(-1)
  const more = last && found.length > rows.length
  return { rows, nextCursor: more ? writeCursor(filter.bulkId ? last.bulk_index : last.id) : null }
}

async function readWhole(database: Database, rows: JobRecord[]): Promise<WholeJob[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const planIds = [...new Set(rows.flatMap(({ plan_id }) => plan_id ?? []))]
  const rootOf = (row: JobRecord) => row.chain_root_id ?? row.id
  const [attempts, plans, chains] = await database.run((sql) =>
    Promise.all([
      sql<AttemptRecord[]>`select * from attempts where job_id = any(${ids}::text[]) order by started_at, id`,
      sql<{ id: string; body: PlanRecord }[]>`select id, body from plans where id = any(${planIds}::text[])`,
      readChains(sql, rows.map(rootOf)),
    ]),
  )
  const attemptsOf = Map.groupBy(attempts, ({ job_id }) => job_id)
  const planOf = new Map(plans.map(({ id, body }) => [id, toPlan(body)]))
  return rows.map((row) => ({
    job: toJob(row),
    attempts: (attemptsOf.get(row.id) ?? []).map(toAttempt),
    plan: (row.plan_id === null ? null : planOf.get(row.plan_id)) ?? null,
    chain: chainOf(row, chains.get(rootOf(row))),
  }))
}

/** One that stands alone is no chain. */
function chainOf(row: JobRecord, totals: ChainTotals | undefined): ChainTotals | null {
  return totals && (row.chain_root_id !== null || totals.jobs > 1) ? totals : null
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
