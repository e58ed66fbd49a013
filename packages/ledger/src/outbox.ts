import type { WebhookEventType } from '@halftone/contracts'
import { asRows, type Database, type Sql } from './database.ts'
import type { Outbox, OutboxMessage } from './ledger.ts'
import { selectBulks } from './read-bulks.ts'
import { type JobRecord, toBulk, toJob } from './rows.ts'

interface MessageRecord {
  id: string
  project_id: string
  type: WebhookEventType
  job_id: string | null
  bulk_id: string | null
  sequence: number
  url: string
  tries: number
  created_at: Date
}

export function createOutbox(database: Database): Outbox {
  return {
    take: (limit, leaseMs) => database.run((sql) => take(sql, limit, leaseMs)),
    async delivered(results) {
      if (results.length === 0) return
      await database.run(
        (sql) => sql`
        update webhook_messages m set state = 'delivered', tries = m.tries + 1, last_status = r.status,
          last_error = null, delivered_at = now()
        from json_to_recordset(${asRows(results)}::text::json) as r (id text, status int)
        where m.id = r.id and m.state = 'waiting'`,
      )
    },
    async failed(results) {
      if (results.length === 0) return
      await database.run(
        (sql) => sql`
        update webhook_messages m set tries = m.tries + 1, last_status = r.status, last_error = r.error,
          state = case when r."retryInMs" is null then 'exhausted' else 'waiting' end,
          next_attempt_at = coalesce(now() + r."retryInMs" * interval '1 millisecond', m.next_attempt_at)
        from json_to_recordset(${asRows(results)}::text::json)
          as r (id text, status int, error text, "retryInMs" float8)
        where m.id = r.id and m.state = 'waiting'`,
      )
    },
    async nextDueMs() {
      const [row] = await database.run(
        (sql) => sql<{ ms: number | null }[]>`
        select greatest(0, ceil(extract(epoch from min(next_attempt_at) - now()) * 1000))::float8 as ms
        from webhook_messages where state = 'waiting' having count(*) > 0`,
      )
      return row?.ms ?? null
    },
  }
}

async function take(sql: Sql, limit: number, leaseMs: number): Promise<OutboxMessage[]> {
  const messages = await sql<MessageRecord[]>`
    with due as (
      select id from webhook_messages where state = 'waiting' and next_attempt_at <= now()
      order by next_attempt_at limit ${limit} for update skip locked)
    update webhook_messages m set next_attempt_at = now() + ${leaseMs}::float8 * interval '1 millisecond'
    from due where m.id = due.id
    returning m.id, m.project_id, m.type, m.job_id, m.bulk_id, m.sequence, m.url, m.tries, m.created_at`
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
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}
