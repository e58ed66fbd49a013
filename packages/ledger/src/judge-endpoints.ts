import { newId } from '@halftone/contracts'
import { asRows, type Sql } from './database.ts'
import type { EndpointTrouble } from './ledger.ts'
import { writeNews } from './tell-news.ts'

interface Sent {
  /** The message. */
  id: string
  endpointId: string
}

interface Judged {
  id: string
  projectId: string
  url: string
  since: Date
  verdict: 'gone' | 'failing' | 'worrying'
}

/** A message was taken: whatever spoke against its endpoint is forgotten, and a challenge is answered by it. True if one was. */
export async function praiseEndpoints(tx: Sql, sent: readonly Sent[]): Promise<boolean> {
  const activated = await tx<{ id: string }[]>`
    with taken as (
      select m.endpoint_id as id, bool_or(m.type = 'endpoint.challenge') as answered from webhook_messages m
      where m.id = any(${sent.map(({ id }) => id)}::text[]) group by m.endpoint_id),
    healed as (
      select e.id, taken.answered and e.status = 'pending' as activated
      from webhook_endpoints e join taken on taken.id = e.id
      where e.failing_since is not null or (taken.answered and e.status = 'pending')
      order by e.id for no key update of e)
    update webhook_endpoints e set failing_since = null, failing_message = null, failing_spread = false,
      failing_told = false, status = case when healed.activated then 'active' else e.status end,
      verified_at = case when healed.activated then now() else e.verified_at end
    from healed where healed.id = e.id returning case when healed.activated then e.id end as id`
  const ids = activated.flatMap(({ id }) => id ?? [])
  if (ids.length > 0) await releaseHeld(tx, ids)
  return ids.length > 0
}

/** What was held for endpoints is due now, with all its tries before it. */
export function releaseHeld(tx: Sql, endpointIds: readonly string[]) {
  return tx`
    update webhook_messages set state = 'waiting', tries = 0, next_attempt_at = now()
    where endpoint_id = any(${[...endpointIds]}::text[]) and state = 'held'`
}

/** What waits for endpoints is kept until they are enabled. */
export function holdWaiting(tx: Sql, endpointIds: readonly string[]) {
  return tx`
    update webhook_messages set state = 'held'
    where endpoint_id = any(${[...endpointIds]}::text[]) and state = 'waiting' and type <> 'endpoint.challenge'`
}

/**
 * An endpoint is disabled at once when it is gone, and else after five days without a single success, if another message
 * failed half a day or more after the first: one message alone speaks against itself. Its owner is told after a day.
 */
export async function judgeEndpoints(
  tx: Sql,
  failed: readonly (Sent & { gone: boolean })[],
): Promise<EndpointTrouble[]> {
  const rows = failed.map(({ id, endpointId, gone }) => ({ id, endpointId, gone }))
  const judged = await tx<Judged[]>`
    with failed as (
      select "endpointId" as id, min(id) as message, array_agg(id) as messages, bool_or(gone) as gone
      from json_to_recordset(${asRows(rows)}::text::json) as r (id text, "endpointId" text, gone boolean)
      group by 1),
    now_known as (
      select e.id, failed.gone, coalesce(e.failing_since, now()) as since,
        coalesce(e.failing_message, failed.message) as message,
        e.failing_spread or coalesce(e.failing_since <= now() - interval '12 hours'
          and failed.messages <> array[e.failing_message], false) as spread,
        e.failing_told, e.project_id, e.url
      from webhook_endpoints e join failed on failed.id = e.id
      where e.status = 'active' or e.status = 'pending' and failed.gone
      order by e.id for no key update of e),
    judged as (
      select *, case when gone then 'gone'
        when spread and since <= now() - interval '5 days' then 'failing'
        when not failing_told and since <= now() - interval '1 day' then 'worrying' end as verdict
      from now_known)
    update webhook_endpoints e set failing_since = judged.since, failing_message = judged.message,
      failing_spread = judged.spread, failing_told = e.failing_told or judged.verdict is not null,
      status = case when judged.verdict in ('gone', 'failing') then 'disabled' else e.status end,
      disabled_because = case when judged.verdict in ('gone', 'failing') then judged.verdict end
    from judged where judged.id = e.id
    returning e.id, judged.project_id as "projectId", judged.url, judged.since, judged.verdict`
  const told = judged.filter(({ verdict }) => verdict !== null)
  if (told.length === 0) return []
  const disabled = told.filter(({ verdict }) => verdict !== 'worrying').map(({ id }) => id)
  await holdWaiting(tx, disabled)
  await writeNews(
    tx,
    told.map((one) => ({
      id: newId('message'),
      projectId: one.projectId,
      type: troubleOf(one).type,
      ...{ jobId: null, bulkId: null, sequence: 1, url: null, endpointId: null },
      data: { endpoint_id: one.id, url: one.url, because: troubleOf(one).because, failing_since: one.since },
    })),
  )
  return told.map(troubleOf)
}

function troubleOf({ id, verdict }: Judged): EndpointTrouble {
  const because = {
    gone: 'it answered 410 Gone',
    failing: 'it took nothing for five days',
    worrying: 'it took nothing for a day',
  }[verdict]
  return { endpointId: id, type: verdict === 'worrying' ? 'endpoint.failing' : 'endpoint.disabled', because }
}
