import { newId, poolOf } from '@halftone/contracts'
import { claimLot } from './claim-lot.ts'
import type { Database, Sql } from './database.ts'
import type { CollectingLot, LotRow, Lots } from './ledger.ts'
import { readOpenLines } from './lot-lines.ts'

export function createLots(database: Database): Lots {
  const change = async (update: (sql: Sql) => Promise<readonly unknown[]>) =>
    (await database.run(update)).length > 0
  return {
    collecting: (provider) => database.transact((tx) => collecting(tx, provider)),
    waiting: (lotId, limit) => database.run((sql) => waiting(sql, lotId, limit)),
    async leave(jobIds, avoid) {
      if (jobIds.length === 0) return
      await database.run(
        (sql) => sql`
        with waiting as (
          select id from jobs where id = any(${[...jobIds]}::text[]) and status = 'classified'
          order by id for no key update)
        update jobs j set pool = null, avoid = case when ${avoid}::text is null or ${avoid}::text = any(j.avoid)
          then j.avoid else j.avoid || ${avoid}::text end
        from waiting where j.id = waiting.id`,
      )
    },
    hold: (lotId, owner, leaseMs) => database.transact((tx) => hold(tx, lotId, owner, leaseMs)),
    async extend(owner, leaseMs, lotIds) {
      if (lotIds.length === 0) return []
      const rows = await database.run(
        (sql) => sql<{ id: string }[]>`
        update lots set lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
        where id = any(${[...lotIds]}::text[]) and lease_owner = ${owner} and lease_until > clock_timestamp()
        returning id`,
      )
      return rows.map(({ id }) => id)
    },
    async release(owner, lotIds) {
      if (lotIds.length === 0) return
      await database.run(
        (sql) => sql`
        update lots set lease_until = clock_timestamp()
        where id = any(${[...lotIds]}::text[]) and lease_owner = ${owner}`,
      )
    },
    async orphans(providers, limit) {
      if (providers.length === 0) return []
      const rows = await database.run(
        (sql) => sql<{ id: string }[]>`
        select id from lots
        where state in ('submitting', 'submitted') and provider = any(${[...providers]}::text[]) and lease_until < now()
        order by lease_until limit ${limit}`,
      )
      return rows.map(({ id }) => id)
    },
    claim: (claim) =>
      database.transact((tx) => claimLot(tx, claim), {
        point: 'during-lot-claim-commit',
        ids: [claim.lotId],
      }),
    keepFile: (lotId, fence, fileId) =>
      change(
        (sql) => sql`
        update lots set input_file = ${fileId}
        where id = ${lotId} and fence = ${fence} and state = 'submitting' and lease_until > clock_timestamp()
        returning id`,
      ),
    submitted: (lotId, fence, providerRef) =>
      database.transact((tx) => markSubmitted(tx, lotId, fence, providerRef), {
        point: 'during-lot-submitted-commit',
        ids: [lotId],
      }),
    cancelAsked: (lotId, fence) =>
      change(
        (sql) => sql`
        update lots set cancel_asked_at = coalesce(cancel_asked_at, now()) where id = ${lotId} and fence = ${fence}
        returning id`,
      ),
    openLines: (lotId, { after, limit }) =>
      database.run((sql) => readOpenLines(sql, lotId, { after, limit, ids: null })),
    linesOf: (lotId, ids) =>
      database.run((sql) => readOpenLines(sql, lotId, { after: null, limit: ids.length, ids })),
    isUnwanted: (lotId) =>
      change(
        (sql) => sql`
        select 1 from attempts a join jobs j on j.id = a.job_id
        where a.lot_id = ${lotId} and a.state in ('submitting', 'submitted')
        having count(*) > 0 and bool_and(j.cancel_requested)`,
      ),
    end: (lotId, fence, state) =>
      change(
        (sql) => sql`
        update lots l set state = ${state}, ended_at = now(), done = counted.done, undone = l.lines - counted.done
        from (select count(*) filter (where paid and error is null)::int as done,
          count(*) filter (where state in ('submitting', 'submitted'))::int as live
          from attempts where lot_id = ${lotId}) as counted
        where l.id = ${lotId} and l.fence = ${fence} and l.state in ('submitting', 'submitted') and counted.live = 0
        returning l.id`,
      ),
  }
}

export function lotColumns(sql: Sql) {
  return sql`id, provider, account, model, operation, template, state, fence, input_file as "inputFile",
    provider_ref as "providerRef", lines, return_by as "returnBy", cancel_asked_at as "cancelAskedAt",
    created_at as "createdAt", closed_at as "closedAt", submitted_at as "submittedAt"`
}

interface Group {
  model: string
  operation: string
  template: string
  waiting: number
  soonest: Date
}

/** Plans are many times larger than what is asked of them: each is read once, however many jobs go by it. */
function waitingJobs(sql: Sql, pool: string) {
  return sql`
    select j.id, j.deadline, j.plan_id, j.body->>'operation' as operation,
      coalesce(j.inputs->'mask'->>'template', '') as template
    from jobs j left join bulks b on b.id = j.bulk_id
    where j.pool = ${pool} and j.status = 'classified' and j.run_at <= now() and b.status is distinct from 'paused'`
}

async function collecting(tx: Sql, provider: string): Promise<CollectingLot[]> {
  const pool = poolOf({ provider, batch: true })
  const groups = await tx<Group[]>`
    with counted as (
      select plan_id, operation, template, count(*)::int as jobs, min(deadline) as soonest
      from (${waitingJobs(tx, pool)}) as waiting group by 1, 2, 3)
    select p.body->'choice'->>'model' as model, c.operation, c.template, sum(c.jobs)::int as waiting,
      min(c.soonest) as soonest
    from counted c join plans p on p.id = c.plan_id group by 1, 2, 3`
  const models = groups.map(({ model }) => model)
  // one that nobody waits for any more would count its age from long ago
  await tx`
    delete from lots where state = 'collecting' and provider = ${provider} and lease_until < now()
      and not (model = any(${models}::text[]))`
  if (groups.length === 0) return []
  const rows = groups.map(({ model, operation, template }) => ({
    id: newId('lot'),
    model,
    operation,
    template,
  }))
  await tx`
    insert into lots (id, provider, account, model, operation, template)
    select id, ${provider}, ${provider}, model, operation, template
    from json_to_recordset(${JSON.stringify(rows)}::text::json)
      as r (id text, model text, operation text, template text)
    on conflict do nothing`
  const lots = await tx<LotRow[]>`
    select ${lotColumns(tx)} from lots where state = 'collecting' and provider = ${provider}`
  return groups.flatMap(({ waiting, soonest, ...kind }) => {
    const lot = lots.find(
      (one) => one.model === kind.model && one.operation === kind.operation && one.template === kind.template,
    )
    return lot ? [{ lot, waiting, soonest }] : []
  })
}

async function waiting(sql: Sql, lotId: string, limit: number): Promise<string[]> {
  const [lot] = await sql<LotRow[]>`
    select ${lotColumns(sql)} from lots where id = ${lotId} and state = 'collecting'`
  if (!lot) return []
  const pool = poolOf({ provider: lot.provider, batch: true })
  const rows = await sql<{ id: string }[]>`
    with waiting as (${waitingJobs(sql, pool)}),
    own as (
      select p.id from plans p where p.id in (select distinct plan_id from waiting)
        and p.body->'choice'->>'model' = ${lot.model})
    select w.id from waiting w join own on own.id = w.plan_id
    where w.operation = ${lot.operation} and w.template = ${lot.template}
    order by w.deadline, w.id limit ${limit}`
  return rows.map(({ id }) => id)
}

async function hold(tx: Sql, lotId: string, owner: string, leaseMs: number): Promise<LotRow | null> {
  const [lot] = await tx<LotRow[]>`
    update lots set fence = fence + 1, lease_owner = ${owner},
      lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
    where id = ${lotId} and state in ('collecting', 'submitting', 'submitted')
      and (lease_until < clock_timestamp() or lease_owner = ${owner})
    returning ${lotColumns(tx)}`
  if (!lot) return null
  if (lot.state !== 'collecting')
    await tx`
      with live as (
        select id from attempts where lot_id = ${lotId} and state in ('submitting', 'submitted')
        order by id for no key update)
      update attempts a set fence = ${lot.fence} from live where a.id = live.id`
  return lot
}

async function markSubmitted(tx: Sql, lotId: string, fence: bigint, providerRef: string): Promise<boolean> {
  const [lot] = await tx`
    update lots set state = 'submitted', provider_ref = ${providerRef}, submitted_at = coalesce(submitted_at, now())
    where id = ${lotId} and fence = ${fence} and state in ('submitting', 'submitted') returning id`
  if (!lot) return false
  await tx`
    with live as (
      select id from attempts where lot_id = ${lotId} and state = 'submitting' order by id for no key update)
    update attempts a set state = 'submitted', provider_ref = ${providerRef} || '#' || a.id, submitted_at = now()
    from live where a.id = live.id`
  return true
}
