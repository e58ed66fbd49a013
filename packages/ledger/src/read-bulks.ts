import type { Sql } from './database.ts'
import type { BulkRecord } from './rows.ts'

/** Bulks with their jobs counted by status, in one grouped query. */
export function selectBulks(sql: Sql, ids: string[]) {
  return sql<BulkRecord[]>`
    select b.*, counted.counts from bulks b cross join lateral (
      select jsonb_object_agg(status, jobs) as counts from (
        select status, count(*) as jobs from jobs where bulk_id = b.id group by status) as grouped) as counted
    where b.id = any(${ids}::text[])`
}
