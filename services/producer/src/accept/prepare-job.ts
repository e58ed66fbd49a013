import { AppError, type JobBody, type Nano, newId, parseUsd, type Tag, toUsd } from '@halftone/contracts'
import { budgetExceeded, type JobInputs, type JobReader, type NewJob, type WholeJob } from '@halftone/ledger'
import { holdOf } from '@halftone/routing'
import { isFullRepaint } from '../answers/job-notes.ts'
import type { JobPlan } from './baseline.ts'
import type { Binding } from './bind-quote.ts'
import { freshCost } from './break-even.ts'
import type { CheckWebhook, Told } from './check-webhook.ts'
import { chainOf, type EditChain, findParent, leftOf, withParentPicture } from './edit-chain.ts'
import { type Chosen, isChosen, type JobPlanner } from './plan-job.ts'
import type { InputResolver, Upload } from './resolve-inputs.ts'

/** A job as it was read: its pictures found, its content type guessed, its times checked. */
export interface ReadJob {
  body: JobBody
  inputs: JobInputs
  uploads: Upload[]
  tag: Tag
  deadline: Date
  /** The deadline that was asked for, by the job or its bulk; null: the usual one. */
  askedDeadline: Date | null
  runAt: Date
  dueMs: number
  projectId: string
  told: Told
  /** The job that it goes on with. */
  parent: WholeJob | null
}

/** A job that can be done, ready to be stored. Nothing of it is stored yet. */
export interface PreparedJob {
  job: NewJob
  /** Where it stands among edits of edits. */
  chain: EditChain | null
  plan: JobPlan
  uploads: Upload[]
  read: ReadJob
}

export interface PrepareParts {
  planner: JobPlanner
  jobs: Pick<JobReader, 'job'>
  tagOf(prompt: string, hint: string | undefined): Tag
  checkWebhook: CheckWebhook
}

export interface PrepareContext {
  projectId: string
  resolver: InputResolver
  /** Epoch ms. */
  now: number
  /** The quote that binds them. */
  quote?: Binding | null
  /** What a bulk gives to jobs that say nothing themselves. */
  bulk?: { deadline: Date | null; told: Told }
}

const defaultDeadlineMs = 24 * 3_600_000
/** Beyond this a ceiling is a slip of the pen, and sums of them would leave the range of the books. */
const ceilingMax = parseUsd('100000')

/** Throws an AppError that names field, limit and cure. */
export async function readJob(
  parts: PrepareParts,
  posted: JobBody,
  context: PrepareContext,
): Promise<ReadJob> {
  checkFields(posted, context)
  const times = timesOf(posted, context)
  const told =
    posted.webhook === undefined && context.bulk
      ? context.bulk.told
      : await parts.checkWebhook(context.projectId, posted.webhook)
  const parent = await findParent(parts.jobs, context.projectId, posted.parent_job_id)
  const { body, inputs, uploads } = await context.resolver.resolve(withParentPicture(posted, parent))
  const tag = parts.tagOf(body.prompt ?? '', body.content_type)
  const dueMs = times.deadline.getTime() - times.runAt.getTime()
  const { projectId } = context
  const sized =
    body.size === 'auto' ? fitted({ body, inputs, tag, dueMs, projectId }, parts.planner) : { body, inputs }
  return { ...sized, uploads, tag, ...times, dueMs, projectId, told, parent }
}

/** With the size that was found for it. */
function fitted(
  job: Pick<ReadJob, 'body' | 'inputs' | 'tag' | 'dueMs' | 'projectId'>,
  planner: JobPlanner,
): Pick<ReadJob, 'body' | 'inputs'> {
  const { width, height } = planner.fit(job)
  return { body: { ...job.body, size: `${width}x${height}` }, inputs: { ...job.inputs, width, height } }
}

/** From a valid body to a job with inputs, plan and hold. A job whose quote binds it is not planned anew. */
export async function prepareJob(
  parts: PrepareParts,
  posted: JobBody,
  context: PrepareContext,
): Promise<PreparedJob> {
  const read = await readJob(parts, posted, context)
  const { body, inputs, uploads, deadline, runAt, told } = read
  const ceiling = usdOf(body.budget?.max_cost_usd)
  const id = newId('job')
  const chain = chainOf(id, body, read.parent)
  const fresh = chain?.link.parentId || isFullRepaint(inputs.mask) ? freshCost(parts.planner, read) : null
  const job = {
    ...{ id, body, inputs, deadline, runAt, ceiling, baseline: null, ...told },
    ...{ chain: chain?.link ?? null, fresh },
  }
  const bound = context.quote?.bind(read)
  if (bound) {
    const { plan, cost, quote } = bound
    return { job: { ...job, hold: cost, quoted: cost, ceiling: null, quote }, chain, plan, uploads, read }
  }
  const left = chain && leftOf(chain)
  const plan = planWithin(parts.planner, read, chain)
  const hold = least(boundedHold(plan, ceiling, body), left)
  const quoted = plan.choice.cost_nano
  return { job: { ...job, hold, quoted, ceiling: least(ceiling, left) }, chain, plan, uploads, read }
}

/** By whoever its chain's limit allows. Throws `budget_exceeded` when it allows nobody who could do it. */
function planWithin(planner: JobPlanner, read: ReadJob, chain: EditChain | null): Chosen {
  const left = chain && leftOf(chain)
  if (!chain || left === null) return planner.plan(read)
  const within = planner.consider({ ...read, maxTotal: left })
  if (isChosen(within)) return within
  const { choice } = planner.plan(read)
  const { held, spent } = chain.before
  throw budgetExceeded('chain', { limit: chain.link.limit, held, spent }, choice.worst_nano ?? 0n)
}

/** What the schema alone cannot say, and what a later version will bring. */
function checkFields(body: JobBody, { bulk }: PrepareContext): void {
  if (body.operation === 'generate')
    for (const field of ['image', 'mask_template', 'edit_kind'] as const)
      if (body[field] !== undefined)
        throw new AppError('invalid_request', `${field} is not for generate`, {
          field: `/${field}`,
          next: 'set "operation": "edit" or "variation", or leave it out',
        })
  if (bulk && body.quote_id !== undefined)
    throw new AppError('invalid_request', 'a job of a bulk has no quote of its own', {
      field: '/quote_id',
      next: 'quote the bulk as a whole, and give its quote_id beside "jobs"',
    })
  const ceiling = usdOf(body.budget?.max_cost_usd)
  if (ceiling !== null && ceiling > ceilingMax)
    throw new AppError('invalid_request', `a job may cost at most $${toUsd(ceilingMax)}`, {
      field: '/budget/max_cost_usd',
      limit: toUsd(ceilingMax),
      next: 'lower the limit: the whole of it is held while the job runs',
    })
}

function timesOf(
  body: JobBody,
  { now, bulk }: PrepareContext,
): Pick<ReadJob, 'deadline' | 'askedDeadline' | 'runAt'> {
  const runAt = body.run_at === undefined ? new Date(now) : new Date(Math.max(now, Date.parse(body.run_at)))
  const asked = body.deadline === undefined ? (bulk?.deadline ?? null) : new Date(body.deadline)
  const deadline = asked ?? new Date(runAt.getTime() + defaultDeadlineMs)
  if (deadline.getTime() <= now) throw tooLate('the deadline has passed', new Date(now))
  if (deadline <= runAt) throw tooLate('the deadline is before run_at', runAt)
  return { deadline, askedDeadline: asked, runAt }
}

function tooLate(detail: string, earliest: Date): AppError {
  return new AppError('deadline_exceeded', detail, {
    field: '/deadline',
    limit: earliest.toISOString(),
    next: 'set a later deadline, or leave it out for 24 hours',
  })
}

/** A limit per image bounds what is held as well. */
function boundedHold(plan: Chosen, ceiling: Nano | null, body: JobBody): Nano {
  const hold = holdOf(plan, ceiling) ?? 0n
  const perImage = usdOf(body.budget?.max_cost_per_image_usd)
  const bound = perImage === null ? hold : perImage * BigInt(body.n)
  return bound < hold ? bound : hold
}

function usdOf(amount: string | undefined): Nano | null {
  return amount === undefined ? null : parseUsd(amount)
}

function least<T extends Nano | null>(a: T, b: Nano | null): T | Nano {
  if (a === null || b === null) return b ?? a
  return b < a ? b : a
}
