import type { Sql } from './database.ts'
import type { EndpointRow, Replay } from './ledger.ts'
import { isWanted, newMessageId } from './tell-news.ts'

/** Makes messages due once more, and makes those that never were. Answers how many. */
export async function replay(tx: Sql, endpoint: EndpointRow, what: Replay): Promise<number> {
  if ('message' in what) return again(tx, endpoint.id, tx`id = ${what.message}`)
  if ('from' in what)
    return again(
      tx,
      endpoint.id,
      tx`created_at >= ${what.from} and created_at < ${what.to} and state = any(${[...what.states]}::text[])`,
    )
  const undelivered = await again(
    tx,
    endpoint.id,
    tx`created_at >= ${what.missingSince} and state in ('exhausted', 'held')`,
  )
  return undelivered + (await sendMissing(tx, endpoint, what.missingSince))
}

async function again(tx: Sql, endpointId: string, which: ReturnType<Sql>): Promise<number> {
  const rows = await tx`
    update webhook_messages set state = 'waiting', tries = 0, next_attempt_at = now()
    where endpoint_id = ${endpointId} and type not like 'endpoint.%' and ${which}`
  return rows.count
}

/** What the endpoint would have got, had it been there. */
async function sendMissing(tx: Sql, endpoint: EndpointRow, since: Date): Promise<number> {
  const rows = await tx`
    insert into webhook_messages (id, project_id, type, job_id, bulk_id, sequence, data, event_id, url, endpoint_id,
      created_at)
    select ${newMessageId(tx)}, n.project_id, n.type, n.job_id, n.bulk_id, n.sequence, n.data, n.id, e.url, e.id, n.at
    from events n join webhook_endpoints e on e.id = ${endpoint.id} and ${isWanted(tx)}
    where n.project_id = ${endpoint.projectId} and n.at >= ${since}
      and not exists (select from webhook_messages m where m.endpoint_id = e.id and m.event_id = n.id)`
  return rows.count
}
