import { setImmediate } from 'node:timers/promises'
import {
  AppError,
  type BulkAccepted,
  type BulkFields,
  errorTable,
  jobBodySchema,
  type ProviderLimits,
  publicError,
} from '@halftone/contracts'
import { schemaError } from '../schema-error.ts'
import type { JobPlan, PlannedJobs } from './baseline.ts'
import { expectedMs } from './expected-finish.ts'
import { refuseHugePrompt } from './huge-prompt.ts'
import { type PrepareContext, type PreparedJob, type PrepareParts, prepareJob } from './prepare-job.ts'
import { type BulkInput, type BulkLine, withDefaults } from './read-bulk.ts'

/** Between two such chunks the requests of others get their turn. */
const chunkJobs = 200

export type Rejected = BulkAccepted['rejected']

export interface PreparedLine extends PreparedJob {
  /** Its place among the lines of the bulk. */
  index: number
}

/** Every line by itself: what can be done, and what cannot by its index. */
export async function prepareLines(
  parts: PrepareParts,
  { fields, lines }: BulkInput,
  context: PrepareContext,
): Promise<{ prepared: PreparedLine[]; rejected: Rejected }> {
  const prepared: PreparedLine[] = []
  const rejected: Rejected = []
  for (let from = 0; from < lines.length; from += chunkJobs) {
    const chunk = lines.slice(from, from + chunkJobs)
    const results = await Promise.all(chunk.map((line) => prepareLine(parts, line, fields.defaults, context)))
    for (const [i, result] of results.entries()) {
      if (result instanceof AppError) rejected.push({ index: from + i, error: publicError(result) })
      else prepared.push({ ...result, index: from + i })
    }
    await setImmediate()
  }
  return { prepared, rejected }
}

/** What is wrong with one job is that job's matter; a fault of ours is everybody's, and thrown. */
async function prepareLine(
  parts: PrepareParts,
  line: BulkLine,
  defaults: Record<string, unknown> | undefined,
  context: PrepareContext,
): Promise<PreparedJob | AppError> {
  if ('error' in line) return line.error
  try {
    const job = withDefaults(defaults, line.value)
    refuseHugePrompt(job)
    const body = jobBodySchema.safeParse(job)
    if (!body.success) return schemaError(body.error)
    return await prepareJob(parts, body.data, context)
  } catch (error) {
    if (error instanceof AppError && errorTable[error.code].blame === 'caller') return error
    throw error
  }
}

export function groupByPlan(prepared: readonly PreparedJob[]): Map<JobPlan, PlannedJobs> {
  const groups = new Map<JobPlan, PlannedJobs>()
  for (const { plan } of prepared) {
    const group = groups.get(plan)
    if (group) group.count++
    else groups.set(plan, { count: 1, ranked: plan.ranked, choice: plan.choice })
  }
  return groups
}

export function finishOf(
  prepared: readonly PreparedJob[],
  groups: readonly PlannedJobs[],
  { rateOf }: { rateOf(provider: string): ProviderLimits },
  now: number,
): Date {
  const start = prepared.reduce((latest, { job }) => Math.max(latest, job.runAt.getTime()), now)
  return new Date(start + expectedMs(groups, rateOf))
}

export function deadlineOf({ deadline }: BulkFields, now: number): Date | null {
  if (deadline === undefined) return null
  const at = new Date(deadline)
  if (at.getTime() > now) return at
  throw new AppError('deadline_exceeded', 'the deadline of the bulk has passed', {
    field: '/deadline',
    limit: new Date(now).toISOString(),
    next: 'set a later deadline, or leave it out for 24 hours',
  })
}
