import { AppError, bulkFieldsSchema, newId } from '@halftone/contracts'
import type { ClientBatchRow } from '@halftone/ledger'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { parseRequest } from '../../openai/parse-request.ts'
import { openAiProblems } from '../../openai/schemas.ts'
import { batchObject } from '../../openai-batch/batch-object.ts'
import { batchEndpoints } from '../../openai-batch/read-input.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer } from '../schemas.ts'

const tags = ['openai']
const orderSchema = z.strictObject({
  input_file_id: z.string().max(100),
  endpoint: z.enum(batchEndpoints),
  completion_window: z.literal('24h'),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((metadata) => Object.keys(metadata).length <= 16, 'at most 16 keys')
    .optional(),
  /** Of ours: who is told of its end. */
  halftone: z.strictObject({ webhook: bulkFieldsSchema.shape.webhook }).optional(),
})
const batchSchema = z.looseObject({ id: z.string(), object: z.literal('batch'), status: z.string() })
const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().max(100).optional(),
})
const listSchema = z
  .object({ object: z.literal('list'), data: z.array(batchSchema), has_more: z.boolean() })
  .loose()
const paramsSchema = z.object({ id: z.string().max(100) })

/** OpenAI's batches: the lines are jobs of one bulk, routed and priced like any other. */
export function openAiBatchRoutes(app: App, parts: ProducerParts): void {
  const { clientBatches, jobs } = parts.ledger
  const show = async (batch: ClientBatchRow) => {
    const isOpen = batch.bulkId !== null && batch.endedAt === null
    return batchObject(batch, isOpen ? await jobs.bulk(batch.projectId, batch.bulkId ?? '') : null)
  }
  const missing = (id: string) =>
    new AppError('not_found', `No batch found with id '${id}'.`, { field: '/id' })

  app.route({
    method: 'POST',
    url: '/batches',
    schema: {
      operationId: 'createBatch',
      summary: 'Do the requests of a file (OpenAI)',
      tags,
      security: bearer,
      body: orderSchema,
      response: { 200: batchSchema, ...openAiProblems(400, 401, 503) },
    },
    validatorCompiler: () => (body: unknown) => ({ value: body }),
    handler: async (request) => {
      const { projectId } = request
      const order = parseRequest(orderSchema, request.body)
      await parts.accept.checkWebhook(projectId, order.halftone?.webhook)
      const file = await clientBatches.findFile(projectId, order.input_file_id)
      if (file?.sha256 == null)
        throw new AppError('invalid_request', `Invalid file id: ${order.input_file_id}`, {
          field: '/input_file_id',
        })
      const batch = await clientBatches.create({
        id: `batch_${newId('bulk').slice('bulk_'.length)}`,
        projectId,
        endpoint: order.endpoint,
        inputFileId: file.id,
        inputSha256: file.sha256,
        metadata: order.metadata ?? {},
        webhook: order.halftone?.webhook ?? null,
        expiresAt: new Date(parts.clock() + parts.batchWindowMs),
      })
      parts.batches.wake()
      return show(batch)
    },
  })
  app.route({
    method: 'GET',
    url: '/batches',
    schema: {
      operationId: 'listBatches',
      summary: 'List batches (OpenAI)',
      tags,
      security: bearer,
      querystring: pageSchema,
      response: { 200: listSchema, ...openAiProblems(400, 401) },
    },
    handler: async ({ projectId, query }) => {
      const { batches, more } = await clientBatches.list(projectId, query)
      const ids = { first_id: batches[0]?.id ?? null, last_id: batches.at(-1)?.id ?? null }
      return { object: 'list' as const, data: await Promise.all(batches.map(show)), ...ids, has_more: more }
    },
  })
  app.route({
    method: 'GET',
    url: '/batches/:id',
    schema: {
      operationId: 'getBatch',
      summary: 'One batch (OpenAI)',
      tags,
      security: bearer,
      params: paramsSchema,
      response: { 200: batchSchema, ...openAiProblems(401, 404) },
    },
    handler: async ({ projectId, params: { id } }) => {
      const batch = await clientBatches.find(projectId, id)
      if (!batch) throw missing(id)
      return show(batch)
    },
  })
  app.route({
    method: 'POST',
    url: '/batches/:id/cancel',
    schema: {
      operationId: 'cancelBatch',
      summary: 'Cancel a batch: what is done is kept (OpenAI)',
      tags,
      security: bearer,
      params: paramsSchema,
      response: { 200: batchSchema, ...openAiProblems(400, 401, 404) },
    },
    handler: async ({ projectId, params: { id } }) => {
      const known = await clientBatches.find(projectId, id)
      if (!known) throw missing(id)
      const batch = await clientBatches.askToCancel(projectId, id)
      if (!batch)
        throw new AppError('canceled', `Cannot cancel a batch with status '${known.status}'.`, {
          field: '/id',
        })
      if (batch.bulkId !== null) await jobs.cancelBulk(projectId, batch.bulkId)
      parts.batches.wake()
      return show(batch)
    },
  })
}
