import { AppError, type JobBody, type Nano, newId, parseUsd, type Tag, toUsd } from '@halftone/contracts'
import type { JobInputs, JobReader, NewJob } from '@halftone/ledger'
import { holdOf } from '@halftone/routing'
import type { JobPlan } from './baseline.ts'
import type { Binding } from './bind-quote.ts'
import type { CheckWebhook } from './check-webhook.ts'
import type { Chosen, JobPlanner } from './plan-job.ts'
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
  webhookUrl: string | null
}

/** A job that can be done, ready to be stored. Nothing of it is stored yet. */
export interface PreparedJob {
  job: NewJob
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
  bulk?: { deadline: Date | null; webhookUrl: string | null }
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
  const webhookUrl = parts.checkWebhook(posted.webhook) ?? context.bulk?.webhookUrl ?? null
  await checkParent(parts.jobs, context.projectId, posted.parent_job_id)
  const { body, inputs, uploads } = await context.resolver.resolve(posted)
  const tag = parts.tagOf(body.prompt ?? '', body.content_type)
  const dueMs = times.deadline.getTime() - times.runAt.getTime()
  return { body, inputs, uploads, tag, ...times, dueMs, projectId: context.projectId, webhookUrl }
}

/** From a valid body to a job with inputs, plan and hold. A job whose quote binds it is not planned anew. */
export async function prepareJob(
  parts: PrepareParts,
  posted: JobBody,
  context: PrepareContext,
): Promise<PreparedJob> {
  const read = await readJob(parts, posted, context)
  const { body, inputs, uploads, deadline, runAt, webhookUrl } = read
  const ceiling = usdOf(body.budget?.max_cost_usd)
  const job = { id: newId('job'), body, inputs, deadline, runAt, ceiling, baseline: null, webhookUrl }
  const bound = context.quote?.bind(read)
  if (bound) {
    const { plan, cost, quote } = bound
    return { job: { ...job, hold: cost, quoted: cost, ceiling: null, quote }, plan, uploads, read }
  }
  const plan = parts.planner.plan(read)
  const hold = boundedHold(plan, ceiling, body)
  return { job: { ...job, hold, quoted: plan.choice.cost_nano }, plan, uploads, read }
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

async function checkParent(
  jobs: Pick<JobReader, 'job'>,
  projectId: string,
  id: string | undefined,
): Promise<void> {
  if (id === undefined || (await jobs.job(projectId, id))) return
  throw new AppError('not_found', 'there is no such parent job', {
    field: '/parent_job_id',
    next: 'leave it out',
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
