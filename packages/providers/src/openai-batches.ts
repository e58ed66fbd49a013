import { z } from 'zod'
import { createBatchAsk, mustKeep, tooManyBatches } from './batch-asks.ts'
import type { BatchDesk, FoundLot, LineEnd, Lot } from './batch-desk.ts'
import { failure } from './failure.ts'
import type { HttpAnswer, Open, Send } from './http.ts'
import type { Call, ProviderError, Result } from './image-provider.ts'
import { linesOf } from './json-lines.ts'
import { multipart } from './multipart.ts'

export interface OpenAiBatchesOptions {
  provider: string
  baseUrl: string
  headers: Record<string, string>
  send: Send
  open: Open
  toError(answer: HttpAnswer): ProviderError
  /** The call as a JSON body, and the path that it is for, behind the version. */
  body(call: Call): Promise<{ path: string; body: Record<string, unknown> }>
  /** The pictures in a line's good answer. */
  read(
    answer: HttpAnswer,
    call: Pick<Call, 'spec' | 'request' | 'images' | 'signal'>,
  ): Promise<Result> | Result
}

const linesMax = 50_000
const bytesMax = 200_000_000
const uploadMs = 600_000
const askMs = 60_000
const answerBytesMax = 10_000_000
/** Ten pictures of 50 MB as base64. */
const lineBytesMax = 700_000_000
const pageSize = 100
const pagesMax = 20

const fileSchema = z.object({ id: z.string(), filename: z.string().nullish() })
const filesSchema = z.object({ data: z.array(fileSchema), has_more: z.boolean().nullish() })
const batchSchema = z.object({
  id: z.string(),
  status: z.string(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  request_counts: z.object({ total: z.int(), completed: z.int(), failed: z.int() }).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  created_at: z.number().nullish(),
})
type Batch = z.infer<typeof batchSchema>
const batchesSchema = z.object({ data: z.array(batchSchema), has_more: z.boolean().nullish() })
const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.int(), body: z.json() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
})

const ended: readonly string[] = ['completed', 'failed', 'expired', 'cancelled']
/** Where our id travels. */
const lotKey = 'halftone_lot'

/**
 * Files and Batches as OpenAI has them, and hosts that speak like it. Found again by the metadata; a batch that is not
 * there after its file was deleted will never be: one that arrived later would find no file.
 */
export function createOpenAiBatches(options: OpenAiBatchesOptions): BatchDesk {
  const { provider, baseUrl, headers, send, toError } = options
  const ask = createBatchAsk({
    ...{ provider, baseUrl, headers, send, timeoutMs: askMs, bytesMax: answerBytesMax, good: [200, 201] },
    toError,
  })
  const findBatch = async (lotId: string, since: Date, signal: AbortSignal): Promise<Batch | null> => {
    let after = ''
    for (let page = 0; page < pagesMax; page++) {
      const path = `/batches?limit=${pageSize}${after && `&after=${after}`}`
      const { data, has_more } = await ask({ path, signal }, batchesSchema)
      const found = data.find(({ metadata }) => metadata?.[lotKey] === lotId)
      if (found) return found
      const oldest = data.at(-1)
      // newest first; a clock may be off ours by some minutes
      if (!has_more || !oldest || (oldest.created_at ?? Infinity) * 1_000 < since.getTime() - 600_000)
        return null
      after = oldest.id
    }
    throw tooManyBatches(provider)
  }
  /** False if a file that may be its input is still there. */
  const removeFiles = async (lotId: string, signal: AbortSignal): Promise<boolean> => {
    const { data, has_more } = await ask(
      { path: '/files?purpose=batch&limit=10000&order=desc', signal },
      filesSchema,
    )
    for (const { id, filename } of data)
      if (filename === fileName(lotId))
        await ask({ method: 'DELETE', path: `/files/${id}`, signal }, z.object({}))
    return has_more !== true
  }
  async function* linesIn(fileId: string | null | undefined, signal: AbortSignal): AsyncGenerator<LineEnd> {
    if (!fileId) return
    const url = `${baseUrl}/files/${fileId}/content`
    const answer = await options.open({ provider, url, headers, signal, timeoutMs: askMs })
    if (answer.status !== 200) throw toError({ ...answer, body: Buffer.alloc(0) })
    for await (const text of linesOf(answer.chunks, lineBytesMax)) {
      const line = lineSchema.safeParse(parse(text)).data
      if (!line) continue
      const brings = line.response?.status_code === 200
      yield { id: line.custom_id, brings, read: async (call) => readLine(line, call) }
    }
  }
  function readLine(
    { response, error }: z.infer<typeof lineSchema>,
    call: Pick<Call, 'spec' | 'request' | 'images' | 'signal'>,
  ): Promise<Result> | Result {
    if (!response) {
      // expired or canceled before it was done: such lines are not charged
      const cause = new Error(`${error?.code ?? 'no answer'}: ${error?.message ?? ''}`)
      throw failure(provider, 'provider_down', { billed: 'no', cause })
    }
    const body = Buffer.from(JSON.stringify(response.body))
    const answer = { status: response.status_code, headers: {}, body }
    if (answer.status === 200) return options.read(answer, call)
    const fault = toError(answer)
    // told in a file, the line has ended for sure: nobody is charged for what failed
    const isSure = fault.code !== 'outcome_unknown'
    throw isSure ? fault : failure(provider, 'provider_down', { billed: 'no', cause: fault })
  }

  return {
    linesMax,
    bytesMax,
    async line(call) {
      const { path, body } = await options.body(call)
      return JSON.stringify({ custom_id: call.attemptId, method: 'POST', url: `/v1${path}`, body })
    },
    async submit(lot, keepFile, signal) {
      const form = new FormData()
      form.append('purpose', 'batch')
      const type = 'application/jsonl'
      form.append('file', new File([`${lot.lines.join('\n')}\n`], fileName(lot.id), { type }))
      const { contentType, body } = await multipart(form)
      const upload = {
        method: 'POST',
        path: '/files',
        headers: { 'content-type': contentType },
        body,
      } as const
      const file = await ask({ ...upload, signal, timeoutMs: uploadMs }, fileSchema)
      await mustKeep(provider, keepFile, file.id)
      const order = {
        input_file_id: file.id,
        endpoint: endpointOf(lot),
        completion_window: '24h',
        metadata: { [lotKey]: lot.id },
      }
      const create = { method: 'POST', path: '/batches', body: JSON.stringify(order), paid: true } as const
      const json = { 'content-type': 'application/json', 'idempotency-key': lot.id }
      return (await ask({ ...create, headers: json, signal }, batchSchema)).id
    },
    async find(lotId, since, signal): Promise<FoundLot> {
      const first = await findBatch(lotId, since, signal)
      if (first) return { kind: 'found', ref: first.id }
      const final = await removeFiles(lotId, signal)
      const late = await findBatch(lotId, since, signal)
      return late ? { kind: 'found', ref: late.id } : { kind: 'none', final }
    },
    async poll(ref, signal) {
      const { status, request_counts } = await ask({ path: `/batches/${ref}`, signal }, batchSchema)
      if (!ended.includes(status)) return { kind: 'running' }
      return { kind: 'ended', billed: request_counts?.completed ?? null, why: status }
    },
    async *results(ref, signal) {
      const batch = await ask({ path: `/batches/${ref}`, signal }, batchSchema)
      yield* linesIn(batch.output_file_id, signal)
      yield* linesIn(batch.error_file_id, signal)
    },
    async cancel(ref, signal) {
      await ask({ method: 'POST', path: `/batches/${ref}/cancel`, signal }, batchSchema)
    },
  }
}

function endpointOf({ operation }: Lot): string {
  return operation === 'generate' ? '/v1/images/generations' : '/v1/images/edits'
}

function fileName(lotId: string): string {
  return `${lotId}.jsonl`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
