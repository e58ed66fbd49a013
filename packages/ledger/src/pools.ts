import type { Database } from './database.ts'
import type { PoolRow, Pools } from './ledger.ts'

export function createPools(database: Database): Pools {
  return {
    list: () => database.run((sql) => sql<PoolRow[]>`select id as pool, state, since from pools order by id`),
    async set(pool, state) {
      const [row] = await database.run(
        (sql) => sql<PoolRow[]>`
        insert into pools as p (id, state) values (${pool}, ${state})
        on conflict (id) do update set
          state = case when p.state = 'drained' and excluded.state = 'draining' then p.state else excluded.state end,
          since = case when excluded.state in (p.state, replace(p.state, 'drained', 'draining')) then p.since
            else now() end
        returning id as pool, state, since`,
      )
      return row!
    },
    async settleDrained() {
      const rows = await database.run(
        (sql) => sql<{ id: string }[]>`
        update pools set state = 'drained', since = now()
        where state = 'draining'
          and not exists (select from jobs where status = 'dispatched' and jobs.pool = pools.id)
          and not exists (select from jobs where status = 'running' and jobs.pool = pools.id)
        returning id`,
      )
      return rows.map(({ id }) => id)
    },
  }
}
