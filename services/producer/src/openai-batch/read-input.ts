import { AppError, errorTable, type ModelSpec } from '@halftone/contracts'
import type { BatchFault, RefusedLine } from '@halftone/ledger'
import { z } from 'zod'
import { refusal } from '../openai/errors.ts'
import { readImagesRequest } from '../openai/request.ts'
import { toJob } from '../openai/to-job.ts'

export const batchEndpoints = ['/v1/images/generations', '/v1/images/edits'] as const
export type BatchEndpoint = (typeof batchEndpoints)[number]

export const batchLimits = { fileBytes: 200_000_000, lines: 50_000 } as const

export interface BatchInput {
  /** As our own jobs; `jobs` and `customIds` go side by side. */
  jobs: unknown[]
  customIds: string[]
  /** Lines that ask for what nobody can do: their answers. */
  refused: RefusedLine[]
  /** What is wrong with the file: any of these, and nothing of it is done. */
  faults: BatchFault[]
}

const lineSchema = z.looseObject({
  custom_id: z.string().min(1).max(512),
  method: z.literal('POST'),
  url: z.string(),
  body: z.looseObject({}),
})
const faultsMax = 100

/** Checks every line as OpenAI does before a batch begins; `usable`: the models that may be named. */
export function readBatchInput(
  text: string,
  endpoint: BatchEndpoint,
  usable: readonly ModelSpec[],
): BatchInput {
  const input: BatchInput = { jobs: [], customIds: [], refused: [], faults: [] }
  const seen = new Set<string>()
  let count = 0
  for (const [i, row] of text.split('\n').entries()) {
    if (row.trim() === '' || input.faults.length >= faultsMax) continue
    count++
    const fault = readLine(row, endpoint, seen, input, usable)
    if (fault) input.faults.push({ ...fault, line: i + 1 })
  }
  if (count === 0) input.faults.push(faultOf('empty_file', 'The input file has no requests.'))
  if (count > batchLimits.lines)
    input.faults.push(
      faultOf('too_many_tasks', `A batch has at most ${batchLimits.lines} requests; this file has ${count}.`),
    )
  return input
}

function readLine(
  row: string,
  endpoint: BatchEndpoint,
  seen: Set<string>,
  input: BatchInput,
  usable: readonly ModelSpec[],
): BatchFault | null {
  const value = tryJson(row)
  if (typeof value !== 'object' || value === null)
    return faultOf('invalid_json_line', 'This line is not parseable as valid JSON.')
  const parsed = lineSchema.safeParse(value)
  if (!parsed.success) {
    const param = String(parsed.error.issues[0]?.path[0] ?? '')
    const missing = !(param in value)
    return missing
      ? faultOf('missing_required_parameter', `Missing required parameter: '${param}'.`, param)
      : faultOf('invalid_value', `Invalid value for '${param}'.`, param)
  }
  const { custom_id, url, body } = parsed.data
  if (url !== endpoint)
    return faultOf(
      'invalid_url',
      `The URL provided for this request does not match the batch endpoint (${endpoint}).`,
      'url',
    )
  if (seen.has(custom_id))
    return faultOf(
      'duplicate_custom_id',
      'The custom_id for this request is a duplicate of another request. The custom_id parameter must be unique for each request in a batch.',
      'custom_id',
    )
  seen.add(custom_id)
  try {
    input.jobs.push(jobOf(body, endpoint, usable))
    input.customIds.push(custom_id)
  } catch (error) {
    if (!(error instanceof AppError) || errorTable[error.code].blame !== 'caller') throw error
    const { status, body: answer } = refusal(error)
    input.refused.push({ custom_id, status, body: answer })
  }
  return null
}

function jobOf(body: Record<string, unknown>, endpoint: BatchEndpoint, usable: readonly ModelSpec[]) {
  if (body.stream)
    throw new AppError('invalid_request', 'a line of a batch is no stream', {
      field: '/stream',
      next: 'leave stream out',
    })
  const kind = endpoint === '/v1/images/generations' ? 'generation' : 'json-edit'
  return toJob(readImagesRequest(kind, body), usable)
}

function faultOf(code: string, message: string, param: string | null = null): BatchFault {
  return { code, message, param, line: null }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
