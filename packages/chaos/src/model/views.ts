import type postgres from 'postgres'
import type { Job, World } from './world.ts'

/** All that both sides can say about a project, in the same words; money as text. */
export type View = Record<string, unknown>

/** The ledger's. `entries`: what its append-only entries add up to, which must be the balances. */
export async function viewLedger(sql: postgres.Sql, projectId: string): Promise<View> {
  const [row] = await sql<{ view: View }[]>`
    select json_build_object(
      'project', (select json_build_object('limit', budget_nano::text, 'held', held_nano::text, 'spent', spent_nano::text)
        from projects where id = ${projectId}),
      'entries', (select json_build_object(
        'held', coalesce(sum(case when to_account = 'held' then nano when from_account = 'held' then -nano else 0 end), 0)::text,
        'spent', coalesce(sum(nano) filter (where to_account = 'spent'), 0)::text)
        from ledger_entries where project_id = ${projectId}),
      'bulks', (select coalesce(json_agg(json_build_object('id', id, 'status', status, 'ended', ended,
        'held', held_nano::text, 'spent', spent_nano::text) order by id), '[]') from bulks where project_id = ${projectId}),
      'jobs', (select coalesce(json_agg(json_build_object('id', id, 'status', status, 'pool', pool,
        'generation', generation, 'recoveries', recoveries, 'cancelRequested', cancel_requested,
        'hold', hold_nano::text, 'unknown', unknown_nano::text, 'absorbed', absorbed_nano::text,
        'resolved', resolved_nano::text, 'rebuys', rebuys, 'cost', cost_nano::text, 'sequence', sequence, 'ended', finished_at is not null) order by id), '[]')
        from jobs where project_id = ${projectId}),
      'attempts', (select coalesce(json_agg(json_build_object('id', a.id, 'state', a.state, 'fence', a.fence::text,
        'worst', a.worst_nano::text, 'cost', a.cost_nano::text, 'claimedAs', a.claimed_as,
        'ref', a.provider_ref, 'leaseValid', case when a.state in ('submitting', 'submitted') then a.lease_until > now() end)
        order by a.id), '[]') from attempts a join jobs j on j.id = a.job_id where j.project_id = ${projectId}),
      'messages', (select coalesce(json_agg(coalesce(job_id, bulk_id) order by coalesce(job_id, bulk_id)), '[]')
        from webhook_messages where project_id = ${projectId}),
      'quotes', (select coalesce(json_agg(json_build_object('id', id, 'usedBy', used_by) order by id), '[]')
        from quotes where project_id = ${projectId})) as view`
  if (!row) throw new Error('the project is gone')
  return row.view
}

/** The model's. */
export function viewWorld(world: World): View {
  const { limit, held, spent } = world.project
  const text = (nano: bigint | null) => nano?.toString() ?? null
  const over = (status: string) => status !== 'running' && status !== 'paused'
  const ends = ['succeeded', 'failed', 'canceled', 'expired']
  const told = [
    // an event each time that something is told of it
    ...world.jobs.flatMap((job) => (job.tells ? Array<Job>(job.sequence).fill(job) : [])),
    ...world.bulks.filter(({ tells, status }) => tells && over(status)),
  ]
  return {
    project: { limit: text(limit), held: text(held), spent: text(spent) },
    entries: { held: text(held), spent: text(spent) },
    bulks: world.bulks
      .map((bulk) => ({
        id: bulk.id,
        status: bulk.status,
        ended: bulk.ended,
        held: text(bulk.held),
        spent: text(bulk.spent),
      }))
      .sort(byId),
    jobs: world.jobs
      .map((job) => ({
        id: job.id,
        status: job.status,
        pool: job.pool,
        generation: job.generation,
        recoveries: job.recoveries,
        cancelRequested: job.cancelRequested,
        hold: text(job.hold),
        unknown: text(job.unknown),
        absorbed: text(job.absorbed),
        resolved: text(job.resolved),
        rebuys: job.rebuys,
        cost: text(job.cost),
        sequence: job.sequence,
        ended: ends.includes(job.status),
      }))
      .sort(byId),
    attempts: world.attempts
      .map((attempt) => ({
        id: attempt.id,
        state: attempt.state,
        fence: text(attempt.fence),
        worst: text(attempt.worst),
        cost: text(attempt.cost),
        claimedAs: attempt.claimedAs,
        ref: attempt.ref,
        leaseValid:
          attempt.state === 'submitting' || attempt.state === 'submitted' ? attempt.leaseValid : null,
      }))
      .sort(byId),
    messages: told.map(({ id }) => id).sort(),
    quotes: world.quotes.toSorted(byId),
  }
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1
}

/** Where two views differ, in short; null if they do not. */
export function difference(model: View, ledger: View): string | null {
  const lines = Object.keys(model).flatMap((part) => differ(part, model[part], ledger[part]))
  return lines.length === 0 ? null : lines.join('; ')
}

function differ(path: string, model: unknown, ledger: unknown): string[] {
  if (Array.isArray(model) && Array.isArray(ledger) && model.length === ledger.length)
    return model.flatMap((item, i) => differ(`${path}[${i}]`, item, ledger[i]))
  if (isRecord(model) && isRecord(ledger))
    return Object.keys(model).flatMap((key) => differ(`${path}.${key}`, model[key], ledger[key]))
  const [said, is] = [JSON.stringify(model), JSON.stringify(ledger)]
  return said === is ? [] : [`${path} should be ${said} and is ${is}`]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
