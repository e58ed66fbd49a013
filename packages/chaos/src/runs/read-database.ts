import type { AttemptState, JobStatus } from '@halftone/contracts'
import type postgres from 'postgres'
import type { AccountFact, AttemptFact, EntryFact, Facts, JobFact, MessageFact } from '../invariants/facts.ts'

export type Sql = postgres.Sql<{ bigint: bigint }>

/** What Postgres knows, by queries of our own: the product's are what is judged. */
export async function readDatabase(
  sql: Sql,
): Promise<
  Pick<
    Facts,
    'jobs' | 'attempts' | 'entries' | 'accounts' | 'messages' | 'overBudget' | 'audited' | 'priceNews'
  >
> {
  const jobs = await sql<(Omit<JobFact, 'pictures'> & { images: { sha256: string }[]; status: JobStatus })[]>`
    select id, project_id as "projectId", bulk_id as "bulkId", status,
      body #>> '{routing,on_unknown}' as "onUnknown", hold_nano as "holdNano", unknown_nano as "unknownNano",
      images, webhook_url is not null as webhook, body #>> '{metadata,name}' as name from jobs`
  const attempts = await sql<(AttemptFact & { state: AttemptState })[]>`
    select a.id, a.job_id as "jobId", a.provider, a.model, a.rule_id as "ruleId", a.state, a.cost_nano as "costNano",
      a.worst_nano as "worstNano", extract(epoch from a.started_at)::float8 * 1000 as "startedAt",
      extract(epoch from i.at)::float8 * 1000 as "committedAt",
      extract(epoch from a.finished_at)::float8 * 1000 as "finishedAt"
    from attempts a left join chaos_intents i on i.attempt_id = a.id`
  const entries = await sql<(Omit<EntryFact, 'accounts'> & { project: string; bulk: string | null })[]>`
    select kind, project_id as project, bulk_id as bulk, attempt_id as "attemptId", from_account as "from",
      to_account as "to", nano from ledger_entries`
  const accounts = await sql<AccountFact[]>`
    select id, held_nano as held, spent_nano as spent from projects
    union all select id, held_nano, spent_nano from bulks`
  const messages = await sql<MessageFact[]>`
    select id, type, job_id as "jobId", bulk_id as "bulkId" from webhook_messages`
  const overBudget = await sql<Facts['overBudget']>`
    select account, held, spent, budget as limit, overrun from chaos_over_budget`
  const [audit] = await sql<
    { seen: bigint }[]
  >`select case when is_called then last_value else 0 end as seen from chaos_audited`
  const priceNews = await sql<Facts['priceNews']>`
    select rule_id as "ruleId", extract(epoch from valid_from)::float8 * 1000 as at from price_rules`
  return {
    jobs: jobs.map(({ images, ...job }) => ({ ...job, pictures: images.map(({ sha256 }) => sha256) })),
    attempts: [...attempts],
    entries: entries.map(({ project, bulk, ...entry }) => ({
      ...entry,
      accounts: bulk === null ? [project] : [project, bulk],
    })),
    accounts: [...accounts],
    messages: [...messages],
    overBudget: [...overBudget],
    audited: Number(audit?.seen ?? 0),
    priceNews: [...priceNews],
  }
}

/** Where the text of a table's rows holds one of these words. */
export async function leaksInDatabase(
  sql: Sql,
  canaries: Record<string, string>,
  allowed: (table: string, what: string) => boolean,
): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'chaos%'`
  const leaks: string[] = []
  for (const { name } of tables)
    for (const [what, word] of Object.entries(canaries)) {
      if (allowed(name, what)) continue
      const [row] = await sql<{ found: number }[]>`
        select count(*)::int as found from ${sql(name)} t where t::text like ${`%${word}%`}`
      if (row && row.found > 0) leaks.push(`${what} in ${row.found} rows of ${name}`)
    }
  return leaks
}
