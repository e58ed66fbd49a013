import type { AttemptState, BulkStatus, JobStatus, Nano } from '@halftone/contracts'
import { readChains } from './chains.ts'
import { asRows, type Sql } from './database.ts'

/** A project's or a bulk's money. `held` and `spent` follow what is booked; `limit` null = none. */
export interface Account {
  id: string
  limit: Nano | null
  held: Nano
  spent: Nano
}

interface LockedBulk extends Account {
  projectId: string
  status: BulkStatus
  total: number
  ended: number
  cancelRequested: boolean
  webhookUrl: string | null
  webhookEndpointId: string | null
}

export interface LockedJob {
  id: string
  projectId: string
  bulkId: string | null
  status: JobStatus
  pool: string | null
  generation: number
  recoveries: number
  cancelRequested: boolean
  hold: Nano
  /** Of `hold`, what unknown attempts keep. */
  unknown: Nano
  ceiling: Nano | null
  /** Not null: a quote binds it. It holds what was quoted, and the operator pays at most this beyond. */
  overrunMax: Nano | null
  chainRoot: string | null
  /** The most that its whole chain may cost. */
  chainLimit: Nano | null
  /** What the operator has paid, or may turn out to have for unknown attempts. */
  absorbed: Nano
  /** What it cost the project; null while it goes on, or as long as nobody knows. */
  cost: Nano | null
  /** What resolved attempts were charged to the project. */
  resolved: Nano
  /** It was bought once more after an unknown outcome so many times. */
  rebuys: number
  /** How many pictures it has. */
  pictures: number
  webhookUrl: string | null
  webhookEndpointId: string | null
  sequence: number
}

export interface LockedAttempt {
  id: string
  jobId: string
  state: AttemptState
  provider: string
  model: string
  fence: bigint
  claimedAs: string
  leaseValid: boolean
  recoveredFence: bigint
  recoverNow: boolean
  /** Tickets for a takeover that nobody answered since its lease ran out. */
  unanswered: number
  priceVersion: bigint
  worst: Nano
}

export interface Locked {
  projects: Map<string, Account>
  bulks: Map<string, LockedBulk>
  jobs: Map<string, LockedJob>
  /** What chains hold and have cost, by root, where a limit asks. The lock of their project keeps them still. */
  chains: Map<string, Pick<Account, 'held' | 'spent'>>
  /** The live attempt of each job that has one, by job id. */
  live: Map<string, LockedAttempt>
}

/** Why a job is locked: `worst` null = money will surely move; else only where less than `worst` is free. */
export interface LockWish {
  id: string
  worst: Nano | null
}

/**
 * Locks rows in the one order that every verb keeps: projects, bulks, jobs, attempts, each by id.
 * Projects and bulks are locked only where money may move, for they are shared by many.
 */
export async function lockJobs(tx: Sql, wishes: LockWish[]): Promise<Locked> {
  const moving = tx`
    select j.project_id, j.bulk_id from jobs j
    join json_to_recordset(${asRows(wishes)}::text::json) as wish (id text, worst bigint) on wish.id = j.id
    where wish.worst is null or wish.worst > j.hold_nano - j.unknown_nano`
  const ids = wishes.map((wish) => wish.id)
  const [projects, bulks, jobs, attempts] = await Promise.all([
    tx<Account[]>`
      select id, budget_nano as limit, held_nano as held, spent_nano as spent from projects
      where id in (select project_id from (${moving}) as moving) order by id for no key update`,
    tx<LockedBulk[]>`
      select id, project_id as "projectId", status, total, ended, cancel_requested as "cancelRequested",
        webhook_url as "webhookUrl", webhook_endpoint_id as "webhookEndpointId", budget_nano as limit, held_nano as held, spent_nano as spent from bulks
      where id in (select bulk_id from (${moving}) as moving) order by id for no key update`,
    tx<LockedJob[]>`
      select id, project_id as "projectId", bulk_id as "bulkId", status, pool, generation, recoveries,
        cancel_requested as "cancelRequested", hold_nano as hold, unknown_nano as unknown,
        ceiling_nano as ceiling, overrun_max_nano as "overrunMax", absorbed_nano as absorbed,
        chain_root_id as "chainRoot", chain_limit_nano as "chainLimit",
        cost_nano as cost, resolved_nano as resolved, rebuys, jsonb_array_length(images) as pictures,
        webhook_url as "webhookUrl", webhook_endpoint_id as "webhookEndpointId", sequence from jobs
      where id = any(${ids}::text[]) order by id for no key update`,
    tx<LockedAttempt[]>`
      select ${attemptColumns(tx)} from attempts
      where job_id = any(${ids}::text[]) and state in ('submitting', 'submitted') order by id for no key update`,
  ])
  const roots = jobs.flatMap(({ chainRoot, chainLimit }) => (chainLimit === null ? [] : (chainRoot ?? [])))
  return {
    projects: new Map(projects.map((project) => [project.id, project])),
    bulks: new Map(bulks.map((bulk) => [bulk.id, bulk])),
    jobs: new Map(jobs.map((job) => [job.id, job])),
    chains: await readChains(tx, roots),
    live: new Map(attempts.map((attempt) => [attempt.jobId, attempt])),
  }
}

/** Those of these attempts whose outcome nobody knows, by id. To be called once their jobs are locked. */
export async function lockUnknown(tx: Sql, ids: string[]): Promise<Map<string, LockedAttempt>> {
  if (ids.length === 0) return new Map()
  const rows = await tx<LockedAttempt[]>`
    select ${attemptColumns(tx)} from attempts
    where id = any(${ids}::text[]) and state = 'unknown' order by id for no key update`
  return new Map(rows.map((row) => [row.id, row]))
}

function attemptColumns(tx: Sql) {
  return tx`id, job_id as "jobId", state, provider, model, fence, claimed_as as "claimedAs",
    lease_until > clock_timestamp() as "leaseValid", recovered_fence as "recoveredFence",
    recover_after <= clock_timestamp() as "recoverNow", unanswered, price_version as "priceVersion",
    worst_nano as worst`
}
