import type { EventType } from '@halftone/contracts'
import { asRows, type Database, type Sql } from './database.ts'
import { judgeEndpoints, praiseEndpoints } from './judge-endpoints.ts'
import type { Delivered, Failed, Outbox, OutboxMessage, TryResult } from './ledger.ts'
import { selectBulks } from './read-bulks.ts'
import { type JobRecord, toBulk, toJob } from './rows.ts'

interface MessageRecord {
  id: string
  project_id: string
  type: EventType
  job_id: string | null
  bulk_id: string | null
  sequence: number
  url: string
  tries: number
  created_at: Date
  data: Record<string, unknown> | null
  endpoint_id: string | null
  secrets: string[] | null
}

export function createOutbox(database: Database): Outbox {
  return {
    take: (limit, leaseMs) => database.run((sql) => take(sql, limit, leaseMs)),
    delivered: async (results) =>
      results.length > 0 && (await database.transact((tx) => markDelivered(tx, results))),
    failed: async (results) =>
      results.length === 0 ? [] : database.transact((tx) => markFailed(tx, results)),
    async nextDueMs() {
      const [row] = await database.run(
        (sql) => sql<{ ms: number }[]>`
        select greatest(0, ceil(extract(epoch from m.next_attempt_at - now()) * 1000))::float8 as ms
        from ${sendable(sql)} order by m.next_attempt_at limit 1`,
      )
      return row?.ms ?? null
    },
  }
}

/** Not what waits for an endpoint that was disabled or deleted meanwhile; a challenge is for one that is not active yet. */
function sendable(sql: Sql) {
  return sql`
    webhook_messages m left join webhook_endpoints e on e.id = m.endpoint_id
    where m.state = 'waiting' and (m.endpoint_id is null or e.deleted_at is null and
      (e.status = 'active' or e.status = 'pending' and m.type = 'endpoint.challenge'))`
}

async function take(sql: Sql, limit: number, leaseMs: number): Promise<OutboxMessage[]> {
  const messages = await sql<MessageRecord[]>`
    with due as (
      select m.id, e.url, case when e.id is not null then
        array_remove(array[e.secret, case when e.previous_until > now() then e.previous_secret end], null) end as secrets
      from ${sendable(sql)} and m.next_attempt_at <= now()
      order by m.next_attempt_at limit ${limit} for update of m skip locked)
    update webhook_messages m set next_attempt_at = now() + ${leaseMs}::float8 * interval '1 millisecond'
    from due where m.id = due.id
    returning m.id, m.project_id, m.type, m.job_id, m.bulk_id, m.sequence, coalesce(due.url, m.url) as url, m.tries,
      m.created_at, m.data, m.endpoint_id, due.secrets`
  if (messages.length === 0) return []
  const jobIds = messages.flatMap((message) => message.job_id ?? [])
  const bulkIds = messages.flatMap((message) => (message.job_id === null ? (message.bulk_id ?? []) : []))
  const [jobs, bulks] = await Promise.all([
    jobIds.length > 0 ? sql<JobRecord[]>`select * from jobs where id = any(${jobIds}::text[])` : [],
    bulkIds.length > 0 ? selectBulks(sql, bulkIds) : [],
  ])
  const jobOf = new Map(jobs.map((row) => [row.id, toJob(row)]))
  const bulkOf = new Map(bulks.map((row) => [row.id, toBulk(row)]))
  return messages
    .map((message) => ({
      id: message.id,
      projectId: message.project_id,
      type: message.type,
      sequence: message.sequence,
      url: message.url,
      tries: message.tries,
      createdAt: message.created_at,
      job: message.job_id === null ? null : (jobOf.get(message.job_id) ?? null),
      bulk:
        message.job_id === null && message.bulk_id !== null ? (bulkOf.get(message.bulk_id) ?? null) : null,
      data: message.data,
      endpoint:
        message.endpoint_id === null ? null : { id: message.endpoint_id, secrets: message.secrets ?? [] },
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

async function markDelivered(tx: Sql, results: Delivered[]): Promise<boolean> {
  const sent = await tx<{ id: string; endpointId: string | null }[]>`
    update webhook_messages m set state = 'delivered', tries = m.tries + 1, last_status = r.status,
      last_error = null, delivered_at = now()
    from json_to_recordset(${asRows(results)}::text::json) as r (id text, status int)
    where m.id = r.id and m.state in ('waiting', 'held')
    returning m.id, m.endpoint_id as "endpointId"`
  const toEndpoints = sent.flatMap(({ id, endpointId }) => (endpointId === null ? [] : [{ id, endpointId }]))
  if (toEndpoints.length === 0) return false
  await logTries(tx, results, toEndpoints)
  return praiseEndpoints(tx, toEndpoints)
}

async function markFailed(tx: Sql, results: Failed[]): ReturnType<Outbox['failed']> {
  const failed = await tx<{ id: string; endpointId: string | null }[]>`
    update webhook_messages m set tries = m.tries + 1, last_status = r.status, last_error = r.error,
      state = case when r."retryInMs" is null then 'exhausted' else 'waiting' end,
      next_attempt_at = coalesce(now() + r."retryInMs" * interval '1 millisecond', m.next_attempt_at)
    from json_to_recordset(${asRows(results)}::text::json)
      as r (id text, status int, error text, "retryInMs" float8)
    where m.id = r.id and m.state = 'waiting'
    returning m.id, m.endpoint_id as "endpointId"`
  const toEndpoints = failed.flatMap(({ id, endpointId }) =>
    endpointId === null ? [] : [{ id, endpointId }],
  )
  if (toEndpoints.length === 0) return []
  await logTries(tx, results, toEndpoints)
  const gone = new Set(results.filter((result) => result.gone).map(({ id }) => id))
  return judgeEndpoints(
    tx,
    toEndpoints.map((one) => ({ ...one, gone: gone.has(one.id) })),
  )
}

async function logTries(
  tx: Sql,
  results: readonly (TryResult & { error?: string })[],
  sent: readonly { id: string }[],
): Promise<void> {
  const ids = new Set(sent.map(({ id }) => id))
  const rows = results.filter(({ id }) => ids.has(id))
  await tx`
    insert into webhook_attempts (message_id, status, latency_ms, error, answer)
    select id, status, ms, error, answer from json_to_recordset(${asRows(rows)}::text::json)
      as r (id text, status int, ms int, error text, answer text)`
}
