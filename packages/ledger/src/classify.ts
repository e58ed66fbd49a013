import { asRows, type Database } from './database.ts'
import type { Classification, Untagged } from './ledger.ts'

export function createClassification(database: Database): Classification {
  return {
    async untagged(ticket) {
      return database.run((sql) =>
        'job' in ticket
          ? sql<Untagged[]>`select id, body from jobs where id = ${ticket.job} and status = 'queued'`
          : sql<Untagged[]>`
              select id, body from jobs
              where bulk_id = ${ticket.bulk} and bulk_index between ${ticket.from} and ${ticket.to}
                and status = 'queued'
              order by bulk_index`,
      )
    },
    async tag(tags) {
      if (tags.length === 0) return
      const ids = tags.map(({ id }) => id)
      await database.transact((tx) =>
        Promise.all([
          tx`select from jobs where id = any(${ids}::text[]) order by id for no key update`,
          tx`
            update jobs j set status = 'classified', tag = r.tag
            from json_to_recordset(${asRows(tags)}::text::json) as r (id text, tag jsonb)
            where j.id = r.id and j.status = 'queued'`,
        ]),
      )
    },
  }
}
