import type { Sql } from './database.ts'
import type { OverrunRow, Quotes } from './ledger.ts'

/** What quoted jobs did cost beyond their quotes: entries of the operator's own account, newest first. */
export async function listOverruns(
  sql: Sql,
  { limit, cursor }: Parameters<Quotes['overruns']>[0],
): ReturnType<Quotes['overruns']> {
  const before = cursor !== undefined && /^\d{1,18}$/.test(cursor) ? BigInt(cursor) : null
  const rows = await sql<(OverrunRow & { entry: bigint })[]>`
    select e.id as entry, e.job_id as "jobId", e.bulk_id as "bulkId", e.project_id as "projectId",
      j.quote_id as "quoteId", a.provider, a.model, j.quoted_nano as quoted, a.cost_nano as cost, e.nano as absorbed,
      q.price_version as "quotedVersion", e.price_version as "paidVersion", e.at
    from ledger_entries e join jobs j on j.id = e.job_id join attempts a on a.id = e.attempt_id
      join quotes q on q.id = j.quote_id
    where e.kind = 'absorbed' ${before === null ? sql`` : sql`and e.id < ${before}`}
    order by e.id desc limit ${limit + 1}`
  const page = rows.slice(0, limit)
  return {
    overruns: page.map(({ entry: _, ...row }) => ({
      ...row,
      quotedVersion: Number(row.quotedVersion),
      paidVersion: Number(row.paidVersion),
    })),
    nextCursor: rows.length > limit ? String(page.at(-1)!.entry) : null,
  }
}

export async function sumOverruns(sql: Sql): ReturnType<Quotes['overrunTotals']> {
  const [row] = await sql<{ jobs: number; absorbed: bigint }[]>`
    select count(*)::int as jobs, coalesce(sum(nano), 0)::bigint as absorbed from ledger_entries where kind = 'absorbed'`
  return row!
}
