import type { Sql } from './database.ts'
import type { DeliveryRow, Endpoints } from './ledger.ts'

/** Newest first, each with its tries in their order. */
export async function readDeliveries(
  sql: Sql,
  endpointId: string,
  { state, type, limit, before }: Parameters<Endpoints['deliveries']>[2],
): Promise<DeliveryRow[]> {
  const rows = await sql<Omit<DeliveryRow, 'attempts'>[]>`
    select id, type, job_id as "jobId", bulk_id as "bulkId", state, tries, created_at as "createdAt",
      case when state = 'waiting' then next_attempt_at end as "nextAt", delivered_at as "deliveredAt"
    from webhook_messages where endpoint_id = ${endpointId}
      ${state === undefined ? sql`` : sql`and state = ${state}`}
      ${type === undefined ? sql`` : sql`and type = ${type}`}
      ${before === undefined ? sql`` : sql`and id < ${before}`}
    order by id desc limit ${limit}`
  const tries = await sql<(DeliveryRow['attempts'][number] & { message: string })[]>`
    select message_id as message, at, status, latency_ms as ms, error, answer from webhook_attempts
    where message_id = any(${rows.map(({ id }) => id)}::text[]) order by id`
  const triesOf = Map.groupBy(tries, ({ message }) => message)
  return rows.map((row) => ({
    ...row,
    attempts: (triesOf.get(row.id) ?? []).map(({ message: _, ...attempt }) => attempt),
  }))
}
