import { z } from 'zod'
import { createBatchAsk, mustKeep, tooManyBatches } from '../batch-asks.ts'
import type { BatchDesk, LineEnd, Lot } from '../batch-desk.ts'
import { failure } from '../failure.ts'
import type { Send } from '../http.ts'
import { googleError } from './errors.ts'
import { geminiRequest, geminiResult } from './gemini.ts'

const provider = 'Google'
/** All answers come in one body: a picture as base64 is some two megabytes. */
const linesMax = 50
/** A request with its lines inside has less than 20 MB. */
const bytesMax = 18_000_000
const answerBytesMax = 1_000_000_000
const askMs = 120_000
const pageSize = 100
const pagesMax = 20

/** Counters are 64-bit numbers as text. */
const count = z.union([z.string(), z.number()]).transform(Number).nullish()
const responseSchema = z.object({
  metadata: z.object({ key: z.string() }).nullish(),
  response: z.json().nullish(),
  error: z.object({ code: z.int().nullish(), message: z.string().nullish() }).nullish(),
})
const outputSchema = z.object({
  inlinedResponses: z.object({ inlinedResponses: z.array(responseSchema).nullish() }).nullish(),
})
const batchSchema = z.object({
  name: z.string().regex(/^batches\/[\w-]+$/),
  done: z.boolean().nullish(),
  metadata: z
    .object({
      displayName: z.string().nullish(),
      state: z.string().nullish(),
      createTime: z.string().nullish(),
      batchStats: z.object({ successfulRequestCount: count }).nullish(),
      output: outputSchema.nullish(),
    })
    .nullish(),
  response: outputSchema.nullish(),
})
const listSchema = z.object({
  operations: z.array(batchSchema).nullish(),
  nextPageToken: z.string().nullish(),
})

const ended: readonly string[] = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'EXPIRED', 'PARTIALLY_SUCCEEDED']

/** Gemini's batches, with their lines inside of the request. Found again by their display name. */
export function createGeminiBatches(options: {
  baseUrl: string
  headers: Record<string, string>
  send: Send
}): BatchDesk {
  const { baseUrl, headers, send } = options
  const ask = createBatchAsk({
    ...{ provider, baseUrl, send, timeoutMs: askMs, bytesMax: answerBytesMax, good: [200] },
    headers: { ...headers, 'content-type': 'application/json' },
    toError: googleError,
  })
  const stateOf = ({ metadata }: z.infer<typeof batchSchema>) =>
    metadata?.state?.replace(/^(BATCH|JOB)_STATE_/, '') ?? ''

  return {
    linesMax,
    bytesMax,
    async line(call) {
      return JSON.stringify({ request: geminiRequest(call), metadata: { key: call.attemptId } })
    },
    async submit(lot, keepFile, signal) {
      // there is no upload: its name is what it will be found by
      await mustKeep(provider, keepFile, lot.id)
      const body = `{"batch":{"displayName":${JSON.stringify(lot.id)},"inputConfig":{"requests":{"requests":[${lot.lines.join()}]}}}}`
      const path = `/models/${encodeURIComponent(modelOf(lot))}:batchGenerateContent`
      const key = { 'idempotency-key': lot.id }
      return (await ask({ method: 'POST', path, headers: key, body, paid: true, signal }, batchSchema)).name
    },
    async find(lotId, since, signal) {
      let token = ''
      for (let page = 0; page < pagesMax; page++) {
        const path = `/batches?pageSize=${pageSize}${token && `&pageToken=${encodeURIComponent(token)}`}`
        const { operations, nextPageToken } = await ask({ path, signal }, listSchema)
        const found = operations?.find(({ metadata }) => metadata?.displayName === lotId)
        if (found) return { kind: 'found', ref: found.name }
        const oldest = Date.parse(operations?.at(-1)?.metadata?.createTime ?? '')
        // newest first; nothing of a lot is at the provider before its batch, so one may still be on its way
        if (!nextPageToken || oldest < since.getTime() - 600_000) return { kind: 'none', final: false }
        token = nextPageToken
      }
      throw tooManyBatches(provider)
    },
    async poll(ref, signal) {
      const batch = await ask({ path: `/${ref}`, signal }, batchSchema)
      const state = stateOf(batch)
      if (!batch.done && !ended.includes(state)) return { kind: 'running' }
      return { kind: 'ended', billed: batch.metadata?.batchStats?.successfulRequestCount ?? null, why: state }
    },
    async *results(ref, signal) {
      const batch = await ask({ path: `/${ref}`, signal }, batchSchema)
      const output = batch.response ?? batch.metadata?.output
      for (const line of output?.inlinedResponses?.inlinedResponses ?? []) yield* endOf(line)
    },
    async cancel(ref, signal) {
      await ask({ method: 'POST', path: `/${ref}:cancel`, body: '{}', signal }, z.object({}))
    },
  }
}

function modelOf({ spec }: Lot): string {
  return spec.wire.model ?? spec.model
}

function* endOf({ metadata, response, error }: z.infer<typeof responseSchema>): Generator<LineEnd> {
  if (!metadata) return
  yield {
    id: metadata.key,
    brings: response != null,
    async read() {
      if (response != null)
        return geminiResult({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(response)) })
      // told with the batch, the line has ended for sure: nobody is charged for what failed
      const cause = new Error(`${error?.code}: ${error?.message}`)
      throw failure(provider, error?.code === 3 ? 'invalid_request' : 'provider_down', {
        billed: 'no',
        cause,
      })
    },
  }
}
