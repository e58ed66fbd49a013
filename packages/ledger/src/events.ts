import { AppError, type EventType, type ToldEvent } from '@halftone/contracts'
import type { Database, Sql } from './database.ts'
import type { EventFilter, EventPage, Events } from './ledger.ts'
import { selectBulks } from './read-bulks.ts'
import { type JobRecord, toBulk, toJob } from './rows.ts'

interface EventRecord {
  xid: string
  seq: bigint
  id: string
  type: EventType
  job_id: string | null
  bulk_id: string | null
  sequence: number
  data: Record<string, unknown> | null
  at: Date
  settled: boolean
}

export function createEvents(database: Database): Events {
  return {
    async latest() {
      const [row] = await database.run(
        (sql) => sql<{ xid: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xid`,
      )
      return `${row?.xid ?? 0}-0`
    },
    async after(projectId, cursor, filter, limit) {
      const rows = await database.run((sql) => select(sql, projectId, readCursor(cursor), limit))
      const open = rows.findIndex(({ settled }) => !settled)
      const settled = open < 0 ? rows : rows.slice(0, open)
      const last = settled.at(-1)
      const wanted = settled.filter((row) => isWanted(row, filter))
      return {
        events: await database.run((sql) => withSubjects(sql, wanted)),
        cursor: last ? cursorOf(last) : cursor,
        more: open >= 0 || rows.length === limit,
      }
    },
    async prune(olderThanMs, limit) {
      const rows = await database.run(
        (sql) => sql`
        delete from events where ctid = any(array(
          select ctid from events where at < now() - ${olderThanMs}::float8 * interval '1 millisecond' limit ${limit}))`,
      )
      return rows.count
    },
  }
}

/** Rows of transactions that are as old as the oldest open one are there, but others may still come before them. */
function select(sql: Sql, projectId: string, { xid, seq }: { xid: string; seq: string }, limit: number) {
  return sql<EventRecord[]>`
    select xid::text as xid, seq, id, type, job_id, bulk_id, sequence, data, at,
      xid < pg_snapshot_xmin(pg_current_snapshot()) as settled
    from events where project_id = ${projectId} and (xid, seq) > (${xid}::text::xid8, ${seq}::bigint)
    order by events.xid, seq limit ${limit}`
}

function isWanted(row: EventRecord, { types, bulkId }: EventFilter): boolean {
  return (types === undefined || types.includes(row.type)) && (bulkId === undefined || row.bulk_id === bulkId)
}

/** Jobs and bulks as they are now, as in a webhook. */
async function withSubjects(sql: Sql, rows: EventRecord[]): Promise<EventPage['events']> {
  const jobIds = rows.flatMap((row) => row.job_id ?? [])
  const bulkIds = rows.flatMap((row) => (row.job_id === null ? (row.bulk_id ?? []) : []))
  const [jobs, bulks] = await Promise.all([
    jobIds.length > 0 ? sql<JobRecord[]>`select * from jobs where id = any(${jobIds}::text[])` : [],
    bulkIds.length > 0 ? selectBulks(sql, bulkIds) : [],
  ])
  const jobOf = new Map(jobs.map((row) => [row.id, toJob(row)]))
  const bulkOf = new Map(bulks.map((row) => [row.id, toBulk(row)]))
  return rows.map((row) => {
    const event: ToldEvent = {
      id: row.id,
      type: row.type,
      sequence: row.sequence,
      createdAt: row.at,
      job: row.job_id === null ? null : (jobOf.get(row.job_id) ?? null),
      bulk: row.job_id === null && row.bulk_id !== null ? (bulkOf.get(row.bulk_id) ?? null) : null,
      data: row.data,
    }
    return { ...event, cursor: cursorOf(row) }
  })
}

function cursorOf({ xid, seq }: EventRecord): string {
  return `${xid}-${seq}`
}

function readCursor(cursor: string): { xid: string; seq: string } {
  const [, xid, seq] = /^(\d{1,19})-(\d{1,18})$/.exec(cursor) ?? []
  if (xid !== undefined && seq !== undefined) return { xid, seq }
  throw new AppError('invalid_request', 'that is not the id of an event of this stream', {
    field: '/last-event-id',
    next: 'send the id of the last event that you got, or leave it out to start now',
  })
}
