import { createHash } from 'node:crypto'
import { bulkFieldsSchema, jobBodySchema, limits } from '@halftone/contracts'
import { z } from 'zod'
import { usageFailure } from '../failure.ts'
import type { Line } from './read-lines.ts'
import { readSchedule } from './read-schedule.ts'

export interface Fault {
  line: number
  message: string
}

/** What one bulk takes of a schedule: jobs by their place among the good ones. */
export interface Part {
  from: number
  jobs: number
}

export interface CheckedSchedule {
  /** Of the file's first line, if that is `{"bulk": {…}}`. */
  fields: Record<string, unknown>
  parts: Part[]
  /** Of each good job, the line it stands on. */
  lines: number[]
  faults: Fault[]
  /** The same for the same jobs in the same order, whatever the file is called. */
  digest: string
}

/** The JSON of a bulk's lines may not become too large either, with room for its first one. */
const bytesMax = limits.bulkBytes - limits.jobBytes
const headerSchema = z.strictObject({ bulk: z.record(z.string(), z.unknown()) })
const objectSchema = z.record(z.string(), z.unknown())

/** Reads a whole schedule and says what is wrong with which line; nothing is kept of the jobs but their number. */
export async function checkSchedule(path: string): Promise<CheckedSchedule> {
  const hash = createHash('sha256')
  const checked: CheckedSchedule = { fields: {}, parts: [], lines: [], faults: [], digest: '' }
  let bytes = Number.POSITIVE_INFINITY
  let first = true
  for await (const read of readSchedule(path)) {
    const header = first ? headerOf(read) : null
    first = false
    if (header) {
      checked.fields = header
      continue
    }
    const message = 'fault' in read ? read.fault : faultOf(read.value, checked.fields)
    if (message !== null || !('value' in read)) {
      checked.faults.push({ line: read.line, message: message ?? '' })
      continue
    }
    const json = JSON.stringify(read.value)
    hash.update(json).update('\n')
    bytes += Buffer.byteLength(json) + 1
    let part = checked.parts.at(-1)
    if (!part || part.jobs === limits.bulkJobs || bytes > bytesMax) {
      part = { from: checked.lines.length, jobs: 0 }
      checked.parts.push(part)
      bytes = Buffer.byteLength(json) + 1
    }
    part.jobs++
    checked.lines.push(read.line)
  }
  if (checked.lines.length === 0 && checked.faults.length === 0)
    throw usageFailure(`${path} holds no jobs`, 'write one a line, like {"prompt": "…"}')
  return { ...checked, digest: hash.digest('hex') }
}

/** The good jobs of a part, as JSON. */
export async function* jobsOf(path: string, { from, jobs }: Part): AsyncGenerator<string> {
  let at = -1
  let first = true
  let fields: Record<string, unknown> = {}
  for await (const read of readSchedule(path)) {
    const header = first ? headerOf(read) : null
    first = false
    if (header) fields = header
    else if ('value' in read && faultOf(read.value, fields) === null && ++at >= from) {
      if (at >= from + jobs) return
      yield JSON.stringify(read.value)
    }
  }
}

function headerOf(read: Line<unknown>): Record<string, unknown> | null {
  const parsed = 'value' in read ? headerSchema.safeParse(read.value) : null
  if (!parsed?.success) return null
  const { bulk } = parsed.data
  const fields = bulkFieldsSchema.safeParse(bulk)
  if (!fields.success)
    throw usageFailure(`line ${read.line}: ${issueOf(fields.error)}`, 'correct the fields of the bulk')
  return bulk
}

function faultOf(value: unknown, { defaults }: Record<string, unknown>): string | null {
  const job = objectSchema.safeParse(value)
  if (!job.success) return 'is no job: write an object, like {"prompt": "…"}'
  const size = Buffer.byteLength(JSON.stringify(value))
  if (size > limits.jobBytes)
    return `has ${size} bytes, and a job at most ${limits.jobBytes}: upload its pictures and name them by id`
  const under = objectSchema.safeParse(defaults)
  const parsed = jobBodySchema.safeParse(under.success ? { ...under.data, ...job.data } : job.data)
  return parsed.success ? null : issueOf(parsed.error)
}

function issueOf(error: z.ZodError): string {
  const [issue] = error.issues
  const field = issue?.path.join('.')
  return `${field ? `${field}: ` : ''}${issue?.message ?? 'is not valid'}`
}
