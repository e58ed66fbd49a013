import type { Sql } from '../database.ts'

const checks = (sql: Sql) => ({
  'a project’s balances are the sum of its entries': sql`
    select p.id from projects p left join ledger_entries e on e.project_id = p.id group by p.id
    having p.held_nano <> coalesce(sum(case when e.to_account = 'held' then e.nano when e.from_account = 'held' then -e.nano else 0 end), 0)
      or p.spent_nano <> coalesce(sum(e.nano) filter (where e.to_account = 'spent'), 0)`,
  'a bulk’s balances are the sum of its entries': sql`
    select b.id from bulks b left join ledger_entries e on e.bulk_id = b.id group by b.id
    having b.held_nano <> coalesce(sum(case when e.to_account = 'held' then e.nano when e.from_account = 'held' then -e.nano else 0 end), 0)
      or b.spent_nano <> coalesce(sum(e.nano) filter (where e.to_account = 'spent'), 0)`,
  'what is held is held for jobs': sql`
    select p.id from projects p left join jobs j on j.project_id = p.id group by p.id
    having p.held_nano <> coalesce(sum(j.hold_nano), 0)
    union all
    select b.id from bulks b left join jobs j on j.bulk_id = b.id group by b.id
    having b.held_nano <> coalesce(sum(j.hold_nano), 0)`,
  'unknown attempts keep their worst, and an ended job keeps nothing else': sql`
    select j.id from jobs j left join attempts a on a.job_id = j.id and a.state = 'unknown'
    where j.quote_id is null group by j.id
    having j.unknown_nano <> coalesce(sum(a.worst_nano), 0)
      or (j.finished_at is not null and j.hold_nano <> j.unknown_nano)`,
  'a quoted job never holds nor costs more than was quoted, and what is beyond is the operator’s to the last nano': sql`
    select j.id from jobs j
    left join lateral (select coalesce(sum(worst_nano), 0) as worst from attempts
      where job_id = j.id and state = 'unknown') u on true
    left join lateral (select coalesce(sum(nano), 0) as nano from ledger_entries
      where job_id = j.id and kind = 'absorbed') e on true
    where j.quote_id is not null and (j.hold_nano > j.quoted_nano or j.cost_nano > j.quoted_nano
      or (j.finished_at is null and j.hold_nano + j.resolved_nano <> j.quoted_nano)
      or (j.finished_at is not null and j.hold_nano <> j.unknown_nano)
      or j.unknown_nano + j.absorbed_nano <> u.worst + e.nano)`,
  'a quote binds one job or one bulk, and says which': sql`
    select q.id from quotes q left join jobs j on j.quote_id = q.id group by q.id
    having q.used_by is distinct from case when q.kind = 'job' then min(j.id) else min(j.bulk_id) end
      or count(distinct j.bulk_id) > 1 or (q.kind = 'job' and count(j.id) > 1)`,
  'budgets hold, but for overruns': sql`
    select p.id from projects p
    left join ledger_entries e on e.project_id = p.id and e.kind = 'overrun' group by p.id
    having p.held_nano + p.spent_nano > p.budget_nano + coalesce(sum(e.nano), 0)
    union all
    select b.id from bulks b left join ledger_entries e on e.bulk_id = b.id and e.kind = 'overrun' group by b.id
    having b.held_nano + b.spent_nano > b.budget_nano + coalesce(sum(e.nano), 0)`,
  'no job holds more than its ceiling': sql`select id from jobs where hold_nano > ceiling_nano`,
  'a running job has one live attempt, any other none': sql`
    select j.id from jobs j left join attempts a on a.job_id = j.id and a.state in ('submitting', 'submitted')
    group by j.id having count(a.id) <> (case when j.status = 'running' then 1 else 0 end)`,
  'what was spent, by the project or by us, is the cost of settled and resolved attempts': sql`
    select a.job_id from attempts a left join ledger_entries e on e.attempt_id = a.id and e.to_account in ('spent', 'absorbed')
    group by a.id having coalesce(sum(e.nano), 0) <> (case when a.state in ('settled', 'resolved') then a.cost_nano else 0 end)`,
  'a bulk counts its ended jobs and closes with the last': sql`
    select b.id from bulks b join jobs j on j.bulk_id = b.id group by b.id
    having b.ended <> count(*) filter (where j.finished_at is not null)
      or (b.finished_at is not null) <> (b.ended = b.total)`,
  'each end is told once': sql`
    select j.id from jobs j left join webhook_messages m on m.endpoint_id is null and m.job_id = j.id and m.type <> 'image.job.resolved' group by j.id
    having count(m.id) <> (case when j.finished_at is not null and j.webhook_url is not null then 1 else 0 end)
    union all
    select b.id from bulks b left join webhook_messages m on m.endpoint_id is null and m.bulk_id = b.id and m.job_id is null group by b.id
    having count(m.id) <> (case when b.finished_at is not null and b.webhook_url is not null then 1 else 0 end)`,
  'each end is an event, once': sql`
    select j.id from jobs j left join events n on n.job_id = j.id and n.type <> 'image.job.resolved' group by j.id
    having count(n.id) <> (case when j.finished_at is not null then 1 else 0 end)`,
  'each resolution that did not end its job is told once': sql`
    select j.id from jobs j where j.webhook_url is not null and
      (select count(*) from webhook_messages m where m.endpoint_id is null and m.job_id = j.id and m.type = 'image.job.resolved') <>
      (select count(*) from attempts a where a.job_id = j.id and a.state = 'resolved'
        and a.resolved_at is distinct from j.finished_at)`,
  'an ended job whose cost is known did cost what the project spent for it': sql`
    select j.id from jobs j left join ledger_entries e on e.job_id = j.id and e.to_account = 'spent'
    where j.finished_at is not null group by j.id
    having j.cost_nano <> coalesce(sum(e.nano), 0) or (j.cost_nano is null and j.unknown_nano = 0)`,
  'nothing is bought more often than once, or twice after an unknown outcome': sql`
    select j.id from jobs j join attempts a on a.job_id = j.id group by j.id
    having count(*) filter (where a.state in ('settled', 'unknown') or a.paid) > 1 + j.rebuys or j.rebuys > 1`,
})

/** What the books say wrongly, by the rule that is broken; empty when all is well. */
export async function balanceFaults(sql: Sql): Promise<Record<string, string[]>> {
  const faults: Record<string, string[]> = {}
  for (const [rule, query] of Object.entries(checks(sql))) {
    const rows = await query
    if (rows.length > 0) faults[rule] = rows.map((row) => String(row.id ?? row.job_id))
  }
  return faults
}
