import { asRows, type Database, type Sql } from './database.ts'
import type { PriceSourceRow, PriceSources } from './price-records.ts'

export function createPriceSources(database: Database): PriceSources {
  return {
    async declare(sources) {
      await database.transact(async (tx) => {
        await tx`update price_sources set active = false where not (id = any(${sources.map(({ id }) => id)}::text[]))`
        await tx`
          insert into price_sources (id, role, providers, active)
          select id, role, providers, true
          from json_to_recordset(${asRows(sources)}::text::json) as s (id text, role text, providers text[])
          on conflict (id) do update set role = excluded.role, providers = excluded.providers, active = true`
      })
    },
    list: () =>
      database.run(
        (sql) => sql<PriceSourceRow[]>`
        select id, role, providers, checked_at as "checkedAt", answered_at as "answeredAt",
          changed_at as "changedAt", digest_since as "sameSince", misses, last_error as "lastError"
        from price_sources where active order by id`,
      ),
  }
}

/** By this server's clock, as ages: the readers' clocks may differ. A source that never answered has no price to be old. */
export async function pricesAges(sql: Sql): Promise<{ providers: string[]; ageMs: number }[]> {
  return sql<{ providers: string[]; ageMs: number }[]>`
    select providers, (extract(epoch from now() - answered_at) * 1000)::float8 as "ageMs"
    from price_sources where active and role = 'authority' and answered_at is not null`
}

export async function checkSource(
  sql: Sql,
  source: string,
  { changed, error, digest = null }: { changed: boolean; error: string | null; digest?: string | null },
): Promise<void> {
  const answered = error === null
  await sql`
    insert into price_sources as s (id, checked_at, changed_at, misses, last_error, answered_at, digest, digest_since)
    values (${source}, now(), ${changed ? sql`now()` : null}, ${answered ? 0 : 1}, ${error},
      ${answered ? sql`now()` : null}, ${digest}, ${digest === null ? null : sql`now()`})
    on conflict (id) do update set checked_at = now(), last_error = excluded.last_error,
      changed_at = coalesce(excluded.changed_at, s.changed_at),
      answered_at = coalesce(excluded.answered_at, s.answered_at),
      digest_since = case when excluded.digest is distinct from s.digest and excluded.digest is not null
        then now() else s.digest_since end,
      digest = coalesce(excluded.digest, s.digest),
      misses = case when excluded.misses = 0 then 0 else s.misses + 1 end`
}
