import { asRows, type Database, type Sql } from './database.ts'
import type { NewPriceEvent, PriceEvent, PriceEvents } from './price-records.ts'

export function createPriceEvents(database: Database): PriceEvents {
  return {
    record: (events) =>
      events.length === 0 ? Promise.resolve([]) : database.transact((tx) => recordEvents(tx, events)),
    async list({ kind, before, limit }) {
      const rows = await database.run(
        (sql) => sql<(Omit<PriceEvent, 'id'> & { id: bigint })[]>`
        select id, kind, at, detail from price_events
        where (${kind ?? null}::text is null or kind = ${kind ?? null})
          and (${before ?? null}::bigint is null or id < ${before ?? null}::bigint)
        order by id desc limit ${limit}`,
      )
      return rows.map((row) => ({ ...row, id: Number(row.id) }))
    },
  }
}

export async function recordEvents(tx: Sql, events: readonly NewPriceEvent[]): Promise<NewPriceEvent[]> {
  if (events.length === 0) return []
  return tx<NewPriceEvent[]>`
    insert into price_events (kind, key, detail)
    select kind, key, detail
    from json_to_recordset(${asRows(events)}::text::json) as e (kind text, key text, detail jsonb)
    on conflict (kind, key) where key is not null do nothing
    returning kind, key, detail`
}
