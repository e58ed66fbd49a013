import { AppError, crashPoint, type Nano } from '@halftone/contracts'
import { createBatcher } from './batcher.ts'
import { budgetExceeded, fits } from './budget.ts'
import { readChains } from './chains.ts'
import { asRows, type Database, type Sql } from './database.ts'
import { findStoredAnswers, type KeyedAnswer, keepAnswers } from './idempotency.ts'
import { insertJobs } from './insert-jobs.ts'
import type { Acceptance, Accepted, NewJob } from './ledger.ts'
import type { Account } from './lock-jobs.ts'
import { lockQuotes, markQuotesUsed, quoteRefusal } from './quotes.ts'
import { writeAccounts, writeEntries } from './write-booking.ts'

type OneJob = Parameters<Acceptance['job']>[0]
type Bulk = Parameters<Acceptance['bulk']>[0]

const accepted: Accepted = { kind: 'accepted' }

export function createAcceptance(database: Database): Acceptance & { idle(): Promise<void> } {
  const jobs = createBatcher<OneJob, Accepted>({
    async flush(rows) {
      const ids = () =>
        rows.flatMap(({ job, idempotency }) => [job.id, ...(idempotency ? [idempotency.key] : [])])
      const results = await database.transact(async (tx) => {
        const taken = await acceptJobs(tx, rows)
        await crashPoint('before-accept-commit', ids)
        return taken
      })
      await crashPoint('after-accept-commit', ids)
      return results
    },
    keyOf: ({ projectId, job, idempotency }) => (idempotency ? `${projectId} ${idempotency.key}` : job.id),
  })
  return {
    job: (input) => jobs.add(input),
    bulk: (input) => database.transact((tx) => acceptBulk(tx, input)),
    async replay(projectId, idempotency) {
      const [found] = await database.run((sql) => findStoredAnswers(sql, [{ projectId, idempotency }]))
      if (found instanceof AppError) throw found
      return found ?? null
    },
    idle: jobs.idle,
  }
}

async function lockProjects(tx: Sql, ids: string[]): Promise<Map<string, Account>> {
  const rows = await tx<Account[]>`
    select id, budget_nano as limit, held_nano as held, spent_nano as spent from projects
    where id = any(${[...new Set(ids)]}::text[]) order by id for no key update`
  return new Map(rows.map((row) => [row.id, row]))
}

/** The projects are locked first: what is read after that, no concurrent call with the same key can change. */
async function acceptJobs(tx: Sql, inputs: OneJob[]): Promise<(Accepted | AppError)[]> {
  const projects = await lockProjects(
    tx,
    inputs.map((input) => input.projectId),
  )
  const [stored, committed] = await Promise.all([
    findStoredAnswers(tx, inputs),
    tx<{ id: string }[]>`select id from jobs where id = any(${inputs.map((input) => input.job.id)}::text[])`,
  ])
  const quotes = await lockQuotes(
    tx,
    inputs.flatMap(({ job }) => job.quote?.id ?? []),
  )
  const chains = await readChains(tx, rootsOf(inputs.map(({ job }) => job)))
  const before = new Set(committed.map((row) => row.id))
  const taken: OneJob[] = []
  const results = inputs.map((input, place): Accepted | AppError => {
    if (before.has(input.job.id)) return accepted
    const answer = stored[place]
    if (answer instanceof AppError) return answer
    if (answer) return { kind: 'replayed', ...answer }
    const { projectId, job } = input
    const quote = job.quote && quotes.get(job.quote.id)
    const refusal =
      (job.quote && quoteRefusal(quote, projectId)) ??
      chainRefusal(chains, job) ??
      hold(projects.get(projectId), job.hold)
    if (refusal) return refusal
    if (quote) quote.usedBy = job.id
    holdInChain(chains, job)
    taken.push(input)
    return accepted
  })
  if (taken.length > 0) await writeJobs(tx, taken, projects)
  return results
}

/** Takes the money in memory, or says why not. */
function hold(project: Account | undefined, nano: Nano): AppError | null {
  if (!project) return new AppError('not_found', 'there is no such project')
  if (!fits(project, nano)) return budgetExceeded('project', project, nano)
  project.held += nano
  return null
}

type Chains = Map<string, { held: Nano; spent: Nano }>

function rootsOf(jobs: readonly NewJob[]): string[] {
  return jobs.flatMap(({ chain }) => chain?.rootId ?? [])
}

/** Why its chain's limit does not allow it; a root that is accepted here has no row yet. */
function chainRefusal(chains: Chains, { chain, hold: nano }: NewJob): AppError | null {
  if (!chain || chain.limit === null) return null
  const { held, spent } = chains.get(chain.rootId) ?? { held: 0n, spent: 0n }
  const account = { limit: chain.limit, held, spent }
  return fits(account, nano) ? null : budgetExceeded('chain', account, nano)
}

function holdInChain(chains: Chains, { chain, hold: nano }: NewJob): void {
  const account = chain && chains.get(chain.rootId)
  if (account) account.held += nano
}

async function writeJobs(tx: Sql, taken: OneJob[], projects: Map<string, Account>): Promise<void> {
  const owners = new Set(taken.map((input) => input.projectId))
  await Promise.all([
    insertJobs(
      tx,
      taken.map(({ projectId, job }) => ({ projectId, bulkId: null, bulkIndex: null, job })),
    ),
    writeEntries(
      tx,
      taken.map(({ projectId, job }) => holdEntry(projectId, { jobId: job.id, bulkId: null }, job.hold)),
    ),
    writeAccounts(
      tx,
      'projects',
      [...projects.values()].filter((project) => owners.has(project.id)),
    ),
    markQuotesUsed(
      tx,
      taken.flatMap(({ job }) => (job.quote ? [{ id: job.quote.id, usedBy: job.id }] : [])),
    ),
    keepAnswers(
      tx,
      taken.filter((input): input is OneJob & KeyedAnswer => input.idempotency !== null),
    ),
  ])
}

function holdEntry(projectId: string, of: { jobId: string | null; bulkId: string | null }, nano: Nano) {
  return {
    kind: 'hold' as const,
    projectId,
    ...of,
    attemptId: null,
    from: 'available' as const,
    to: 'held' as const,
    nano,
    priceVersion: null,
  }
}

async function acceptBulk(tx: Sql, input: Bulk): Promise<Accepted> {
  const { projectId, bulk, jobs, idempotency } = input
  const project = (await lockProjects(tx, [projectId])).get(projectId)
  const [[answer], [committed]] = await Promise.all([
    findStoredAnswers(tx, [input]),
    tx`select 1 from bulks where id = ${bulk.id}`,
  ])
  if (committed) return accepted
  if (answer instanceof AppError) throw answer
  if (answer) return { kind: 'replayed', ...answer }

  if (bulk.quoteId) {
    const quote = (await lockQuotes(tx, [bulk.quoteId])).get(bulk.quoteId)
    const unusable = quoteRefusal(quote, projectId)
    if (unusable) throw unusable
    await markQuotesUsed(tx, [{ id: bulk.quoteId, usedBy: bulk.id }])
  }
  await refuseRetried(tx, jobs)
  const sum = jobs.reduce((total, job) => total + job.hold, 0n)
  const account: Account = { id: bulk.id, limit: bulk.budget, held: 0n, spent: 0n }
  if (!fits(account, sum)) throw budgetExceeded('bulk', account, sum)
  const chains = await readChains(tx, rootsOf(jobs))
  for (const job of jobs) {
    const tooDear = chainRefusal(chains, job)
    if (tooDear) throw tooDear
    holdInChain(chains, job)
  }
  const refusal = hold(project, sum)
  if (refusal) throw refusal

  await Promise.all([
    insertBulk(tx, input, sum),
    insertJobs(
      tx,
      jobs.map((job, bulkIndex) => ({ projectId, bulkId: bulk.id, bulkIndex, job })),
    ),
    writeEntries(tx, [holdEntry(projectId, { jobId: null, bulkId: bulk.id }, sum)]),
    writeAccounts(tx, 'projects', [project!]),
    keepAnswers(tx, idempotency ? [{ projectId, idempotency }] : []),
  ])
  return accepted
}

/** The project is locked: nobody else buys these jobs once more meanwhile. */
async function refuseRetried(tx: Sql, jobs: readonly NewJob[]): Promise<void> {
  const ids = jobs.flatMap((job) => job.retryOf ?? [])
  if (ids.length === 0) return
  const [before] = await tx`select from jobs where retry_of = any(${ids}::text[]) limit 1`
  if (before)
    throw new AppError('impossible', 'these jobs are being bought once more already', {
      next: 'ask again: what was retried is left out',
    })
}

function insertBulk(tx: Sql, { projectId, bulk, jobs }: Bulk, held: Nano) {
  const row = { ...bulk, projectId, total: jobs.length, held }
  return tx`
    insert into bulks (id, project_id, total, budget_nano, held_nano, baseline_nano, baseline_model,
      expected_finish, webhook_url, metadata, retry_of,
      webhook_endpoint_id)
    select id, "projectId", total, budget, held, baseline, "baselineModel", "expectedFinish", "webhookUrl", metadata,
      "retryOf", "webhookEndpointId"
    from json_to_recordset(${asRows([row])}::text::json)
      as r (id text, "projectId" text, total int, budget bigint, held bigint, baseline bigint,
        "baselineModel" text, "expectedFinish" timestamptz, "webhookUrl" text, metadata jsonb, "retryOf" text, "webhookEndpointId" text)`
}
