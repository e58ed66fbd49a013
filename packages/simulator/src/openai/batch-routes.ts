import { Readable } from 'node:stream'
import { crashPoint } from '@halftone/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { accountOf } from '../caller.ts'
import { fileOf, readForm } from '../form.ts'
import { meetFault, sendAnswer } from '../paid-call.ts'
import type { Provider } from '../prices/table.ts'
import type { Simulation } from '../simulation.ts'
import { WireError } from '../wire-error.ts'
import {
  type Batch,
  type BatchLine,
  createFileStore,
  newBatch,
  runBatch,
  type StoredFile,
} from './batches.ts'
import { badRequest, openaiErrors } from './errors.ts'
import { parseBody } from './request.ts'

const fileBytesMax = 210_000_000
const linesMax = 50_000

const orderSchema = z.strictObject({
  input_file_id: z.string(),
  endpoint: z.string(),
  completion_window: z.literal('24h'),
  metadata: z.record(z.string().max(64), z.string().max(512)).default({}),
})
const lineSchema = z.strictObject({
  custom_id: z.string().min(1),
  method: z.literal('POST'),
  url: z.string(),
  body: z.looseObject({ model: z.string() }),
})
type Line = z.infer<typeof lineSchema>
const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(10_000).default(20),
  after: z.string().optional(),
  purpose: z.string().optional(),
})

/** Who speaks this API, and what its lines are. */
export interface LotHost {
  provider: Provider
  endpoints: readonly string[]
  /** A line, checked and priced now; it is worked later. Throws the line's error. */
  line(
    endpoint: string,
    body: unknown,
    caller: { account: string; attemptId: string | null },
  ): BatchLine['work']
}

/** Files and Batches, for lines of pictures. In memory: a restart forgets what was not charged yet. */
export function batchRoutes(simulation: Simulation, host: LotHost) {
  const { provider } = host
  const store = createFileStore(simulation.clock)
  const batches = new Map<string, Batch>()

  return async (app: FastifyInstance): Promise<void> => {
    app.post('/files', async (request) => {
      const account = accountOf(request, openaiErrors)
      meetFault(simulation.faults, provider, null, openaiErrors)
      const parts = await readUpload(request)
      if (parts.fields.purpose !== 'batch') throw badRequest("'purpose' must be 'batch' here.", 'purpose')
      return fileObject(
        store.keep({ account, purpose: 'batch', filename: parts.filename, parts: [parts.data] }),
      )
    })
    app.get('/files', async (request) => {
      const account = accountOf(request, openaiErrors)
      const { limit, after, purpose } = pageSchema.parse(request.query)
      const own = [...store.files.values()].filter(
        (file) => file.account === account && (purpose === undefined || file.purpose === purpose),
      )
      return pageOf(own.toReversed(), limit, after, fileObject)
    })
    app.get('/files/:id', async (request) => fileObject(ownFile(request)))
    app.delete('/files/:id', async (request) => {
      const { id } = ownFile(request)
      store.files.delete(id)
      return { id, object: 'file', deleted: true }
    })
    app.get('/files/:id/content', async (request, reply) =>
      reply.type('application/octet-stream').send(Readable.from(ownFile(request).parts)),
    )

    app.post('/batches', async (request, reply) => {
      const account = accountOf(request, openaiErrors)
      const order = parseBody(orderSchema, request.body)
      if (!host.endpoints.includes(order.endpoint))
        throw badRequest(`Invalid value for 'endpoint': ${order.endpoint}.`, 'endpoint', 'invalid_value')
      const lot = () => [order.metadata.halftone_lot ?? '']
      await crashPoint('lot-unmade', lot)
      const fault = meetFault(simulation.faults, provider, null, openaiErrors)
      const file = store.files.get(order.input_file_id)
      if (!file || file.account !== account)
        throw badRequest(`Invalid file id: ${order.input_file_id}.`, 'input_file_id', 'invalid_file_id')
      const { endpoint, metadata } = order
      const batch = newBatch({ account, endpoint, metadata, inputFileId: file.id }, simulation)
      batches.set(batch.id, batch)
      begin(batch, Buffer.concat(file.parts).toString())
      await crashPoint('lot-made-unanswered', lot)
      const headers = { 'content-type': 'application/json' }
      return sendAnswer(reply, fault, { status: 200, headers, body: JSON.stringify(batchObject(batch)) })
    })
    app.get('/batches', async (request) => {
      const account = accountOf(request, openaiErrors)
      const { limit, after } = pageSchema.parse(request.query)
      const own = [...batches.values()].filter((batch) => batch.account === account)
      return pageOf(own.toReversed(), limit, after, batchObject)
    })
    app.get('/batches/:id', async (request) => {
      meetFault(simulation.faults, provider, null, openaiErrors)
      return batchObject(ownBatch(request))
    })
    app.post('/batches/:id/cancel', async (request) => {
      const batch = ownBatch(request)
      if (!['validating', 'in_progress', 'finalizing'].includes(batch.status))
        throw badRequest(`Cannot cancel a batch with status '${batch.status}'.`)
      batch.status = 'cancelling'
      batch.at.cancelling = simulation.clock()
      return batchObject(batch)
    })
  }

  function begin(batch: Batch, text: string): void {
    const lines = checkLines(batch, text)
    if (lines.length === 0) {
      batch.status = 'failed'
      batch.at.failed = simulation.clock()
      return
    }
    const model = lines[0]?.body.model ?? ''
    const ready = lines.map((line): BatchLine => prepare(batch, line))
    const fault = simulation.faults.drawLot(provider, model)
    // rejects when the simulator stops
    runBatch(simulation, store, batch, ready, fault).catch(() => {})
  }

  /** The lines, or none: then `errors` says why. */
  function checkLines(batch: Batch, text: string): Line[] {
    const lines: Line[] = []
    const fail = (line: number | null, code: string, message: string) =>
      batch.errors.push({ code, message, param: null, line })
    for (const [i, row] of text.split('\n').entries()) {
      if (row.trim() === '') continue
      const line = lineSchema.safeParse(tryJson(row)).data
      if (!line) fail(i + 1, 'invalid_json_line', 'This line is not parseable as valid JSON of a request.')
      else if (line.url !== batch.endpoint) fail(i + 1, 'invalid_url', `The url must be ${batch.endpoint}.`)
      else if (lines[0] && lines[0].body.model !== line.body.model)
        fail(i + 1, 'mismatched_model', 'All requests of a batch must name one model.')
      else lines.push(line)
    }
    if (new Set(lines.map(({ custom_id }) => custom_id)).size < lines.length)
      fail(null, 'duplicate_custom_id', 'The custom_id of every line must be unique.')
    if (lines.length > linesMax) fail(null, 'too_many_tasks', `At most ${linesMax} lines.`)
    if (lines.length === 0 && batch.errors.length === 0) fail(null, 'empty_file', 'The input file is empty.')
    return batch.errors.length > 0 ? [] : lines
  }

  function prepare({ account, endpoint }: Batch, { custom_id, body }: Line): BatchLine {
    const caller = { account, attemptId: custom_id.startsWith('att_') ? custom_id : null }
    try {
      return { customId: custom_id, work: host.line(endpoint, body, caller) }
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return { customId: custom_id, work: () => Promise.reject(error) }
    }
  }

  function ownFile(request: FastifyRequest): StoredFile {
    const account = accountOf(request, openaiErrors)
    const file = store.files.get(idOf(request))
    if (!file || file.account !== account) throw missing(`No such File object: ${idOf(request)}`)
    return file
  }
  function ownBatch(request: FastifyRequest): Batch {
    const account = accountOf(request, openaiErrors)
    const batch = batches.get(idOf(request))
    if (!batch || batch.account !== account) throw missing(`No batch found with id '${idOf(request)}'.`)
    return batch
  }
}

async function readUpload(request: FastifyRequest) {
  const form = await readForm(request, fileBytesMax, openaiErrors)
  const data = fileOf(form, 'file')
  if (!data) throw badRequest("Missing required parameter: 'file'.", 'file', 'missing_required_parameter')
  return {
    fields: form.fields,
    data,
    filename: form.files.find(({ name }) => name === 'file')?.filename ?? '',
  }
}

function idOf(request: FastifyRequest): string {
  return z.object({ id: z.string() }).parse(request.params).id
}

function missing(message: string): WireError {
  return new WireError(404, { error: { message, type: 'invalid_request_error', param: 'id', code: null } })
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function pageOf<T extends { id: string }, O>(
  all: T[],
  limit: number,
  after: string | undefined,
  show: (one: T) => O,
) {
  const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
  const page = all.slice(from, from + limit)
  const ids = { first_id: page[0]?.id ?? null, last_id: page.at(-1)?.id ?? null }
  return { object: 'list', data: page.map(show), ...ids, has_more: from + limit < all.length }
}

function fileObject({ id, purpose, filename, createdAt, parts }: StoredFile) {
  const bytes = parts.reduce((sum, { length }) => sum + length, 0)
  const created_at = seconds(createdAt)
  return { id, object: 'file', bytes, created_at, filename, purpose, status: 'processed' }
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1_000)
}

function batchObject({ at, ...batch }: Batch) {
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    errors: batch.errors.length > 0 ? { object: 'list', data: batch.errors } : null,
    input_file_id: batch.inputFileId,
    completion_window: '24h',
    status: batch.status,
    output_file_id: batch.outputFileId,
    error_file_id: batch.errorFileId,
    created_at: seconds(batch.createdAt),
    in_progress_at: seconds(at.in_progress),
    expires_at: seconds(batch.expiresAt),
    finalizing_at: seconds(at.finalizing),
    completed_at: seconds(at.completed),
    failed_at: seconds(at.failed),
    expired_at: seconds(at.expired),
    cancelling_at: seconds(at.cancelling),
    cancelled_at: seconds(at.cancelled),
    request_counts: batch.counts,
    metadata: batch.metadata,
  }
}
