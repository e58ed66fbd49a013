import { randomBytes } from 'node:crypto'
import { crashPoint } from '@halftone/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { meetFault } from '../paid-call.ts'
import type { Simulation } from '../simulation.ts'
import { WireError } from '../wire-error.ts'
import { geminiErrors, invalidArgument } from './errors.ts'
import { contentLine } from './generate.ts'

interface Batch {
  name: string
  account: string
  displayName: string
  model: string
  state: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'EXPIRED'
  createdAt: number
  total: number
  responses: { metadata: { key: string }; response?: unknown; error?: { code: number; message: string } }[]
}

const orderSchema = z.object({
  batch: z.object({
    displayName: z.string(),
    inputConfig: z.object({
      requests: z.object({
        requests: z.array(z.object({ request: z.unknown(), metadata: z.object({ key: z.string() }) })).min(1),
      }),
    }),
  }),
})
type Line = z.infer<typeof orderSchema>['batch']['inputConfig']['requests']['requests'][number]

/** It should end within a day, and expires after two. */
const windowHours = 48
const usualHours = 0.4

/** Gemini's batches with their lines inside of the request; in memory. */
export function createGeminiBatches(simulation: Simulation) {
  const batches = new Map<string, Batch>()
  const find = (account: string, id: string): Batch => {
    const batch = batches.get(`batches/${id}`)
    if (!batch || batch.account !== account) throw geminiErrors.notFound()
    return batch
  }

  async function run(batch: Batch, lines: readonly Line[]): Promise<void> {
    const { clock, sleep, batchHourMs, faults } = simulation
    const fault = faults.drawLot('google', batch.model)
    const expiresAt = batch.createdAt + windowHours * batchHourMs
    const soonest = batch.createdAt + usualHours * batchHourMs
    const isOver = () => batch.state !== 'RUNNING' || clock() >= expiresAt
    const ready = await Promise.all(lines.map((line) => prepare(batch, line)))
    batch.state = 'RUNNING'
    const wanted = ready.filter((_, i) => fault !== 'lose_lines' || i % 10 !== 3)
    for (const [i, work] of wanted.entries()) {
      if (isOver() || (fault === 'expire_lot' && i >= wanted.length >> 1)) break
      batch.responses.push(await work())
      await sleep(0)
    }
    const beatMs = Math.min(200, Math.max(5, batchHourMs / 50))
    while (!isOver() && (fault === 'expire_lot' || clock() < soonest)) await sleep(beatMs)
    if (batch.state === 'RUNNING') batch.state = clock() >= expiresAt ? 'EXPIRED' : 'SUCCEEDED'
    batch.responses.reverse()
  }

  async function prepare({ account, model }: Batch, { request, metadata }: Line) {
    const caller = { account, attemptId: metadata.key.startsWith('att_') ? metadata.key : null }
    const failed = (error: unknown) => {
      if (!(error instanceof WireError)) throw error
      return async () => ({ metadata, error: { code: 3, message: `answered ${error.status}` } })
    }
    const work = await contentLine(simulation, model, request, caller).catch((error: unknown) => error)
    return typeof work === 'function' ? async () => ({ metadata, response: await work() }) : failed(work)
  }

  return {
    async create(request: FastifyRequest, model: string, account: string) {
      const parsed = orderSchema.safeParse(request.body)
      if (!parsed.success) throw invalidArgument('Invalid batch.')
      const { displayName, inputConfig } = parsed.data.batch
      const lot = () => [displayName]
      await crashPoint('lot-unmade', lot)
      meetFault(simulation.faults, 'google', null, geminiErrors)
      const lines = inputConfig.requests.requests
      const name = `batches/${randomBytes(16).toString('hex')}`
      const createdAt = simulation.clock()
      const batch: Batch = {
        ...{ name, account, displayName, model, state: 'PENDING', createdAt, total: lines.length },
        responses: [],
      }
      batches.set(name, batch)
      // rejects when the simulator stops
      run(batch, lines).catch(() => {})
      await crashPoint('lot-made-unanswered', lot)
      return operationOf(batch)
    },
    get: (account: string, id: string) => operationOf(find(account, id)),
    list: (account: string) => ({
      operations: [...batches.values()]
        .filter((batch) => batch.account === account)
        .toReversed()
        .map((batch) => operationOf({ ...batch, responses: [] })),
    }),
    cancel(account: string, id: string) {
      const batch = find(account, id)
      if (batch.state === 'PENDING' || batch.state === 'RUNNING') batch.state = 'CANCELLED'
      return {}
    },
  }
}

function operationOf({ name, displayName, model, state, createdAt, total, responses }: Batch) {
  const done = state !== 'PENDING' && state !== 'RUNNING'
  const good = responses.filter(({ response }) => response !== undefined).length
  const batchStats = {
    requestCount: String(total),
    successfulRequestCount: String(good),
    failedRequestCount: String(responses.length - good),
    pendingRequestCount: String(total - responses.length),
  }
  const createTime = new Date(createdAt).toISOString()
  const metadata = {
    displayName,
    model: `models/${model}`,
    state: `BATCH_STATE_${state}`,
    createTime,
    batchStats,
  }
  return {
    name,
    metadata,
    done,
    ...(done ? { response: { inlinedResponses: { inlinedResponses: responses } } } : {}),
  }
}
