import { newId } from '@halftone/contracts'
import { asRows, type Database, type Sql, toJson } from './database.ts'
import type { Dispatch } from './ledger.ts'
import { type JobRecord, toWaitingJob } from './rows.ts'

type Planning = Omit<Dispatch, 'dispatch' | 'end'>

/** What planning reads and writes. Nothing here moves money, so jobs alone are locked, by id. */
export function createPlanning(database: Database): Planning {
  return {
    async unplanned(limit) {
      const rows = await database.run(
        (sql) => sql<JobRecord[]>`
        select ranked.* from projects p cross join lateral (
          select j.*, row_number() over (order by j.priority, j.deadline, j.id) as turn
          from jobs j left join bulks b on b.id = j.bulk_id
          where j.project_id = p.id and j.status = 'classified' and j.pool is null
            and j.run_at <= now() and j.plan_after <= now() and b.status is distinct from 'paused'
          order by j.priority, j.deadline, j.id limit ${limit}) as ranked
        order by ranked.turn, p.id limit ${limit}`,
      )
      return rows.map(toWaitingJob)
    },
    async ready(pool, perProject) {
      const rows = await database.run(
        (sql) => sql<JobRecord[]>`
        select ranked.* from projects p cross join lateral (
          select j.*, row_number() over (order by j.priority, j.deadline, j.id) as turn
          from jobs j left join bulks b on b.id = j.bulk_id
          where j.pool = ${pool} and j.project_id = p.id and j.status = 'classified'
            and j.run_at <= now() and j.plan_after <= now() and b.status is distinct from 'paused'
          order by j.priority, j.deadline, j.id limit ${perProject}) as ranked
        order by ranked.turn, p.id`,
      )
      return rows.map(toWaitingJob)
    },
    backlog: () => database.run(backlog),
    savePlans: (plans) =>
      plans.length === 0 ? Promise.resolve([]) : database.run((sql) => savePlans(sql, plans)),
    async assign(jobs) {
      if (jobs.length === 0) return
      await lockThen(
        database,
        jobs,
        (tx) => tx`
        update jobs j set pool = r.pool, plan_id = r."planId"
        from json_to_recordset(${asRows(jobs)}::text::json) as r (id text, pool text, "planId" text)
        where j.id = r.id and j.status = 'classified'`,
      )
    },
    async postpone(jobs) {
      if (jobs.length === 0) return
      await lockThen(
        database,
        jobs,
        (tx) => tx`
        update jobs j set pool = null, plan_id = coalesce(r."planId", j.plan_id),
          plan_after = now() + r."delayMs" * interval '1 millisecond'
        from json_to_recordset(${asRows(jobs)}::text::json) as r (id text, "planId" text, "delayMs" float8)
        where j.id = r.id and j.status = 'classified'`,
      )
    },
    async unassign(what) {
      const rows = await database.run(
        (sql) => sql`
        with waiting as (
          select id from jobs
          where status = 'classified' and pool is not null
            and ${'pool' in what ? sql`pool = ${what.pool}` : sql`id = any(${what.jobs}::text[])`}
          order by id for no key update)
        update jobs j set pool = null from waiting where j.id = waiting.id`,
      )
      return rows.count
    },
  }
}

async function lockThen(
  database: Database,
  jobs: { id: string }[],
  update: (tx: Sql) => PromiseLike<unknown>,
) {
  const ids = jobs.map((job) => job.id)
  await database.transact((tx) =>
    Promise.all([
      tx`select from jobs where id = any(${ids}::text[]) order by id for no key update`,
      update(tx),
    ]),
  )
}

function backlog(sql: Sql) {
  return sql<{ pool: string; projectId: string; dueSeconds: number; jobs: number }[]>`
    select j.pool, j.project_id as "projectId", count(*)::int as jobs,
      greatest(0, ceil(extract(epoch from j.deadline - now()) / 5) * 5)::int as "dueSeconds"
    from jobs j left join bulks b on b.id = j.bulk_id
    where j.status = 'classified' and j.pool is not null and b.status is distinct from 'paused'
    group by 1, 2, 4`
}

async function savePlans(sql: Sql, plans: Parameters<Dispatch['savePlans']>[0]): Promise<string[]> {
  const rows = plans.map(({ digest, plan }) => ({
    id: newId('plan'),
    digest: hexOf(digest),
    body: plan,
  }))
  await sql`
    insert into plans (id, digest, body)
    select id, digest, body from json_to_recordset(${toJson(rows)}::text::json) as r (id text, digest bytea, body jsonb)
    on conflict (digest) do nothing`
  const saved = await sql<{ id: string; digest: Buffer }[]>`
    select id, digest from plans where digest = any(${rows.map((row) => row.digest)}::text[]::bytea[])`
  const ids = new Map(saved.map((row) => [hexOf(row.digest), row.id]))
  return rows.map((row) => ids.get(row.digest)!)
}

/** As Postgres reads and writes a bytea. */
function hexOf(digest: Buffer): string {
  return `\\x${digest.toString('hex')}`
}
