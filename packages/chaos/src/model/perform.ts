import { AppError, jobBodySchema, type Tag } from '@halftone/contracts'
import type { Accepted, Claim, Finished, Ledger, NewJob } from '@halftone/ledger'
import type postgres from 'postgres'
import { type Action, type Answer, type JobTerms, recoveriesMax, ticketsMax } from './action.ts'

/** The real thing: a ledger for each worker, as each has its own process, and one for everybody else. */
export interface Real {
  ledger: Ledger
  workers: ReadonlyMap<string, Ledger>
  sql: postgres.Sql<{ bigint: bigint }>
  projectId: string
  planId: string
}

const done = 'done'
const tag: Tag = { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] }
const body = jobBodySchema.parse({ prompt: 'a red kite' })
const hour = 3_600_000
const receiver = 'http://127.0.0.1:9/none'
/** Longer than any case: leases run out when a command says so, not when the machine is slow. */
const leaseMs = hour
const perRound = 10_000
/** The ledger counts a ticket for each of these. */
const againMs = 15_000

export async function perform(real: Real, action: Action): Promise<Answer> {
  const { ledger, sql, projectId } = real
  switch (action.do) {
    case 'accept':
    case 'bulk':
      return accept(real, action)
    case 'tag':
      await ledger.classify.tag([{ id: action.job, tag }])
      return done
    case 'assign':
      await ledger.dispatch.assign([{ id: action.job, pool: 'openai', planId: real.planId }])
      return done
    case 'unassign':
      await ledger.dispatch.unassign({ jobs: [action.job] })
      return done
    case 'dispatch':
      return dispatch(real, action.job, action.worst)
    case 'end': {
      const error = { code: 'no_provider', message: 'nobody can do it', next: null } as const
      const ended = await ledger.dispatch.end([{ id: action.job, status: 'failed', error }])
      return ended.length === 1 ? 'ended' : 'left alone'
    }
    case 'cancel':
      return (await ledger.jobs.cancelJob(projectId, action.job))?.status ?? 'no such job'
    case 'cancel-bulk':
      await ledger.jobs.cancelBulk(projectId, action.bulk)
      return done
    case 'late':
      await sql`update jobs set deadline = now() - interval '1 second' where id = ${action.job}`
      await ledger.recovery.expire(perRound)
      await sql`update jobs set deadline = now() + interval '1 hour' where id = ${action.job}`
      return done
    case 'give-back':
      await ledger.attempts.giveBack(action.job, action.generation, null, 0)
      return done
    case 'redispatch': {
      const [again] = await ledger.recovery.redispatch([{ id: action.job, generation: action.generation }])
      return again ? `generation ${again.generation}` : 'left alone'
    }
    case 'claim':
      return told(await workerOf(real, action.owner).attempts.claim(claimRequest(action)))
    case 'submitted':
      await workerOf(real, action.owner).attempts.submitted(action.attempt, action.fence, action.ref)
      return done
    case 'finish':
      return toldEnd(await workerOf(real, action.owner).attempts.finish(action.finish))
    case 'resolve': {
      const { attempt: attemptId, cost, images } = action
      const evidence = { by: 'operator', says: 'the provider’s books' } as const
      const outcome = cost === null ? 'free' : 'paid'
      const [resolved] = await ledger.reconciliation.resolve([
        { attemptId, outcome, cost: cost ?? 0n, images, evidence },
      ])
      return resolved ? `resolved ${resolved.status}` : 'left alone'
    }
    case 'extend':
      await workerOf(real, action.owner).attempts.extendLeases(ownerOf(projectId, action.owner), leaseMs)
      return done
    case 'lapse':
      await sql`
        update attempts set lease_until = now() - interval '1 second', recover_after = 'infinity'
        where id = ${action.attempt}`
      return done
    case 'sweep':
      if (!action.again)
        await sql`
        update attempts set recover_after = '-infinity' where state in ('submitting', 'submitted')
          and lease_until < now() and job_id in (select id from jobs where project_id = ${projectId})`
      await ledger.recovery.expiredLeases(recoveriesMax, perRound, ticketsMax * againMs)
      return done
    case 'budget':
      await ledger.projects.setBudget(projectId, action.limit)
      return done
    case 'send':
    case 'price':
      return done
  }

  function claimRequest({ job, generation, attempt, owner, worst }: Extract<Action, { do: 'claim' }>) {
    return {
      jobId: job,
      generation,
      owner: ownerOf(projectId, owner),
      leaseMs,
      attemptId: attempt,
      provider: 'openai',
      model: 'model-1',
      account: 'default',
      operation: 'generate',
      ruleId: 'rule-1',
      priceVersion: 1,
      worst,
      simulated: true,
    }
  }
}

async function accept(
  { ledger, projectId }: Real,
  action: Extract<Action, { do: 'accept' | 'bulk' }>,
): Promise<Answer> {
  const id = action.do === 'accept' ? action.job.id : action.id
  const { key } = action
  const requestHash = Buffer.alloc(32, key?.body ?? 0)
  const idempotency = key && { key: key.key, requestHash, status: 202, answer: { id } }
  try {
    if (action.do === 'bulk') {
      const { limit: budget, tells, jobs } = action
      const webhookUrl = tells ? receiver : null
      const rest = { baseline: null, baselineModel: null, expectedFinish: null, metadata: {} }
      const bulk = { id, budget, webhookUrl, ...rest }
      return toldAccepted(await ledger.accept.bulk({ projectId, bulk, jobs: jobs.map(newJob), idempotency }))
    }
    if (action.job.quote) await saveQuote(ledger, projectId, action.job.quote.id, action.job.hold)
    return toldAccepted(await ledger.accept.job({ projectId, job: newJob(action.job), idempotency }))
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

function newJob({ id, hold, ceiling, tells, quote }: JobTerms): NewJob {
  return {
    id,
    body,
    inputs: { width: 1024, height: 1024, images: [], mask: null },
    deadline: new Date(Date.now() + hour),
    runAt: new Date(Date.now() - 1_000),
    hold,
    ceiling,
    quoted: quote ? hold : null,
    baseline: null,
    webhookUrl: tells ? receiver : null,
    quote: quote && { ...quote, model: 'openai/model-1' },
  }
}

async function saveQuote(ledger: Ledger, projectId: string, id: string, total: bigint): Promise<void> {
  const rest = { requestDigest: Buffer.alloc(32), shares: [], baselineModel: null, priceVersion: 1 }
  const expiresAt = new Date(Date.now() + hour)
  await ledger.quotes.save({
    quote: { id, projectId, kind: 'job', total, expiresAt, ...rest },
    idempotency: null,
  })
}

async function dispatch({ ledger, planId }: Real, id: string, worst: bigint): Promise<Answer> {
  const wish = { id, pool: 'openai', planId, worst, latencyMissed: false }
  const { dispatched, refused } = await ledger.dispatch.dispatch([wish])
  if (dispatched[0]) return `generation ${dispatched[0].generation}`
  return refused.length > 0 ? 'refused' : 'left alone'
}

function toldAccepted(accepted: Accepted): Answer {
  return accepted.kind === 'accepted' ? 'accepted' : `replayed ${idIn(accepted.answer)}`
}

function idIn(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'id' in answer ? String(answer.id) : 'nothing'
}

function told(claim: Claim): Answer {
  return 'fence' in claim ? `${claim.kind} fence ${claim.fence}` : claim.kind
}

function toldEnd(finished: Finished): Answer {
  return 'status' in finished ? `${finished.kind} ${finished.status}` : finished.kind
}

/** Workers of different cases share a process here, but never a name. */
function ownerOf(projectId: string, owner: string): string {
  return `${projectId} ${owner}`
}

function workerOf({ workers }: Real, owner: string): Ledger {
  const worker = workers.get(owner)
  if (!worker) throw new Error(`there is no worker ${owner}`)
  return worker
}
