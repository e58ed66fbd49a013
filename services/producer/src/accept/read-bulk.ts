import { AppError, type BulkFields, bulkFieldsSchema, jobBodySchema, limits } from '@halftone/contracts'
import { parseJson } from '../parse-json.ts'
import { schemaError } from '../schema-error.ts'
import { readLines } from './read-lines.ts'

/** One job of a bulk as it was sent; a line that is no JSON is already an error. */
export type BulkLine = { value: unknown } | { error: AppError }

export interface BulkInput {
  fields: BulkFields
  lines: BulkLine[]
  /** The bulk and the jobs, line by line, that these buy once more; and what else the answer says of it. */
  retry?: { bulkId: string; jobIds: string[]; answer: Record<string, unknown> }
}

/** `{"jobs": […], …}`. */
export function readBulkJson(body: unknown): BulkInput {
  if (!isObject(body)) throw wrongShape('the body must be an object with "jobs"', '')
  const { jobs, ...rest } = body
  if (!Array.isArray(jobs)) throw wrongShape('jobs is required and must be an array', '/jobs')
  if (jobs.length > limits.bulkJobs) throw tooMany()
  return checked(
    rest,
    jobs.map((value) => ({ value })),
  )
}

/** One job a line; the first line is the header only if its sole key is `bulk`. Blank lines are skipped. */
export async function readBulkNdjson(chunks: AsyncIterable<Uint8Array>): Promise<BulkInput> {
  let header: unknown = {}
  let first = true
  const lines: BulkLine[] = []
  for await (const line of readLines(chunks, { lineBytesMax: limits.jobBytes, bytesMax: limits.bulkBytes })) {
    const parsed = 'text' in line ? parseLine(line.text) : line
    if (parsed === null) continue
    if (first && 'value' in parsed && isHeader(parsed.value)) header = parsed.value.bulk
    else lines.push(parsed)
    first = false
    if (lines.length > limits.bulkJobs) throw tooMany()
  }
  return checked(header, lines)
}

function parseLine(text: string): BulkLine | null {
  if (text.trim() === '') return null
  try {
    return { value: parseJson(text) }
  } catch (error) {
    if (error instanceof AppError) return { error }
    throw error
  }
}

function checked(fields: unknown, lines: BulkLine[]): BulkInput {
  const parsed = bulkFieldsSchema.safeParse(fields)
  if (!parsed.success) throw schemaError(parsed.error)
  const unknown = Object.keys(parsed.data.defaults ?? {}).find((key) => !(key in jobBodySchema.shape))
  if (unknown !== undefined)
    throw new AppError('invalid_request', `defaults.${unknown} is not a known field of a job`, {
      field: `/defaults/${unknown}`,
      next: 'remove it',
    })
  if (lines.length === 0) throw wrongShape('there are no jobs in this bulk', '/jobs')
  return { fields: parsed.data, lines }
}

const merged = ['budget', 'latency', 'routing', 'metadata'] as const

/** The bulk's defaults under the job's own fields; inside budget, latency, routing and metadata field by field. */
export function withDefaults(defaults: Record<string, unknown> | undefined, job: unknown): unknown {
  if (!defaults || !isObject(job)) return job
  const whole: Record<string, unknown> = { ...defaults, ...job }
  for (const key of merged) {
    const [under, over] = [defaults[key], job[key]]
    if (isObject(under) && isObject(over)) whole[key] = { ...under, ...over }
  }
  return whole
}

function isHeader(value: unknown): value is { bulk: unknown } {
  return isObject(value) && Object.keys(value).length === 1 && 'bulk' in value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrongShape(detail: string, field: string): AppError {
  return new AppError('invalid_request', detail, {
    field,
    next: 'send {"jobs": [ … ]}, or one job a line as application/x-ndjson',
  })
}

function tooMany(): AppError {
  return new AppError('too_large', `a bulk holds at most ${limits.bulkJobs} jobs`, {
    field: '/jobs',
    limit: limits.bulkJobs,
    next: `send the jobs in several bulks of at most ${limits.bulkJobs}`,
  })
}
