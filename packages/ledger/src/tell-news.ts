import { asRows, type Sql } from './database.ts'

/** Something that happened, on its way to whoever wants to know. */
export interface News {
  id: string
  projectId: string
  type: string
  jobId: string | null
  bulkId: string | null
  sequence: number
  /** Where its owner asked to be told of it, besides the endpoints that subscribe to it. */
  url: string | null
  endpointId: string | null
  /** Of what is about neither a job nor a bulk. */
  data: Record<string, unknown> | null
}

/** In the transaction in which it happened: what is committed is told, and nothing else. */
export function writeNews(tx: Sql, news: readonly News[]) {
  return tx`
    with news as (
      select id, "projectId" as project_id, type, "jobId" as job_id, "bulkId" as bulk_id, sequence, url,
        "endpointId" as endpoint_id, data
      from json_to_recordset(${asRows(news)}::text::json)
        as r (id text, "projectId" text, type text, "jobId" text, "bulkId" text, sequence int, url text,
          "endpointId" text, data jsonb)),
    ${tellNews(tx)}
    select`
}

/** Further parts of a statement whose part `news` has the columns as above. */
export function tellNews(tx: Sql) {
  return tx`
    kept as (
      insert into events (id, project_id, type, job_id, bulk_id, sequence, data)
      select id, project_id, type, job_id, bulk_id, sequence, data from news),
    told as (
      insert into webhook_messages (id, project_id, type, job_id, bulk_id, sequence, data, event_id, url, endpoint_id, state)
      select id, project_id, type, job_id, bulk_id, sequence, data, id, url, null, 'waiting'
      from news where url is not null
      union all
      select ${newMessageId(tx)}, n.project_id, n.type, n.job_id, n.bulk_id, n.sequence, n.data, n.id, e.url, e.id,
        case when e.status = 'active' then 'waiting' else 'held' end
      from news n join webhook_endpoints e on e.project_id = n.project_id and e.deleted_at is null
        and (n.endpoint_id = e.id or (${isWanted(tx)} and ${isKeptFor(tx)})))`
}

/** What is held for an endpoint that never answers its challenge is not held for ever. */
function isKeptFor(tx: Sql) {
  return tx`(e.status <> 'pending' or e.created_at > now() - interval '1 day')`
}

/** The endpoint `e` subscribes to the news or event `n`. */
export function isWanted(tx: Sql) {
  return tx`(
    n.type not like 'endpoint.%' and (cardinality(e.events) = 0 or n.type = any(e.events))
    and case
      when n.type like 'image.bulk.%' then e.mode <> 'per_job'
      when n.job_id is not null and n.bulk_id is not null then e.mode <> 'per_bulk'
      else true end)`
}

export function newMessageId(tx: Sql) {
  return tx`'whk_' || replace(uuidv7()::text, '-', '')`
}
