import type { Sql } from './database.ts'
import type { ChainTotals } from './ledger.ts'

/**
 * What the chains of these roots have cost and hold, by root; a job that nothing descends from is a chain of one.
 * In a transaction only the lock of the project makes it more than a glance.
 */
export async function readChains(sql: Sql, roots: readonly string[]): Promise<Map<string, ChainTotals>> {
  if (roots.length === 0) return new Map()
  const ids = [...new Set(roots)]
  const rows = await sql<(ChainTotals & { rootId: string })[]>`
    select coalesce(chain_root_id, id) as "rootId", count(*)::int as jobs,
      coalesce(sum(cost_nano), 0)::bigint as spent, sum(hold_nano)::bigint as held,
      coalesce(sum(coalesce(fresh_nano, cost_nano)) filter (where status = 'succeeded'), 0)::bigint as fresh
    from jobs where id = any(${ids}::text[]) or chain_root_id = any(${ids}::text[]) group by 1`
  return new Map(rows.map(({ rootId, ...totals }) => [rootId, totals]))
}
