import type { JobStatus, Nano } from '@halftone/contracts'
import type { Sql } from './database.ts'
import type { CountedCall, Reconciliation, UnknownAttempt } from './ledger.ts'
import { type AttemptRecord, toAttempt } from './rows.ts'

type Record = AttemptRecord & {
  project_id: string
  bulk_id: string | null
  job_status: JobStatus
  person_since: Date | null
  paid: boolean | null
}

/** Calls are looked for by when their ids were made, which is right before the claim. */
const claimSlackMs = 15 * 60_000

/**
 * What may have been paid: settled, resolved as paid, unknown, and live calls. A call that ended long before `from` is
 * not read; one that is live may have begun at any time.
 */
export async function callsBetween(sql: Sql, provider: string, from: Date, to: Date): Promise<CountedCall[]> {
  return sql<CountedCall[]>`
    select a.id as "attemptId", a.model, (j.inputs->>'width') || 'x' || (j.inputs->>'height') as size,
      (j.body->>'n')::int as n,
      case when a.state in ('submitting', 'submitted') then 'live' when a.state = 'unknown' then 'unknown' else 'paid' end
        as state,
      a.started_at as "startedAt", a.finished_at as "finishedAt", a.worst_nano as worst, a.rule_id as "ruleId",
      a.price_version::int as "priceVersion"
    from attempts a join jobs j on j.id = a.job_id
    where a.provider = ${provider} and a.started_at < ${to}
      and a.id between ${attemptIdAt(from.getTime() - claimSlackMs)} and ${attemptIdAt(to.getTime() + claimSlackMs)}
      and coalesce(a.finished_at, 'infinity') >= ${from}
      and (a.state in ('submitting', 'submitted', 'settled', 'unknown') or (a.state = 'resolved' and a.paid))`
}

/** The smallest id of an attempt that could have been made then. */
function attemptIdAt(ms: number): string {
  return `att_${Math.max(0, ms).toString(16).padStart(12, '0')}${'0'.repeat(20)}`
}

function selectAttempts(sql: Sql) {
  return sql`select a.*, j.project_id, j.bulk_id, j.status as job_status from attempts a join jobs j on j.id = a.job_id`
}

export async function listUnknown(
  sql: Sql,
  { limit, cursor }: Parameters<Reconciliation['list']>[0],
): ReturnType<Reconciliation['list']> {
  const rows = await sql<Record[]>`
    ${selectAttempts(sql)} where a.state = 'unknown' ${cursor === undefined ? sql`` : sql`and a.id > ${cursor}`}
    order by a.id limit ${limit + 1}`
  const page = rows.slice(0, limit)
  return { unknown: page.map(toUnknown), nextCursor: rows.length > limit ? page.at(-1)!.id : null }
}

export async function unknownTotals(sql: Sql): ReturnType<Reconciliation['totals']> {
  const [row] = await sql<{ count: number; held: Nano; forPerson: number; oldest: Date | null }[]>`
    select count(*)::int as count, coalesce(sum(worst_nano), 0)::bigint as held,
      count(person_since)::int as "forPerson", min(started_at) as oldest
    from attempts where state = 'unknown'`
  return row!
}

export async function findUnknown(sql: Sql, id: string): ReturnType<Reconciliation['find']> {
  const [row] = await sql<Record[]>`${selectAttempts(sql)} where a.id = ${id}`
  return row ? { ...toUnknown(row), paid: row.paid } : null
}

function toUnknown(row: Record): UnknownAttempt {
  return {
    attempt: toAttempt(row),
    projectId: row.project_id,
    bulkId: row.bulk_id,
    jobStatus: row.job_status,
    personSince: row.person_since,
  }
}
