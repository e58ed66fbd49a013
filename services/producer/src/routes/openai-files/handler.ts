import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import { AppError, newId } from '@halftone/contracts'
import type { BatchFileRow } from '@halftone/ledger'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { openAiProblems } from '../../openai/schemas.ts'
import { fileObject } from '../../openai-batch/batch-object.ts'
import { outputLines } from '../../openai-batch/output-lines.ts'
import { batchLimits } from '../../openai-batch/read-input.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer } from '../schemas.ts'

const tags = ['openai']
const fileSchema = z.looseObject({ id: z.string(), object: z.literal('file') })
const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
  after: z.string().max(100).optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
  purpose: z.string().max(50).optional(),
})
const listSchema = z
  .object({ object: z.literal('list'), data: z.array(fileSchema), has_more: z.boolean() })
  .loose()
const binary = z.any().meta({ type: 'string', format: 'binary' })
const paramsSchema = z.object({ id: z.string().max(100) })

/** OpenAI's files, for batches. What a batch puts out is written from its jobs when it is read. */
export function openAiFileRoutes(app: App, parts: ProducerParts): void {
  const { clientBatches } = parts.ledger
  const find = async (request: FastifyRequest, id: string): Promise<BatchFileRow> => {
    const file = await clientBatches.findFile(request.projectId, id)
    if (!file) throw new AppError('not_found', `No such File object: ${id}`, { field: '/id' })
    return file
  }
  app.register(multipart, {
    throwFileSizeLimit: true,
    limits: {
      fileSize: batchLimits.fileBytes,
      files: 1,
      fields: 5,
      parts: 6,
      fieldSize: 1_000,
      headerPairs: 50,
    },
  })
  app.route({
    method: 'POST',
    url: '/files',
    bodyLimit: batchLimits.fileBytes + 100_000,
    schema: {
      operationId: 'createBatchFile',
      summary: 'Upload the input of a batch (OpenAI)',
      tags,
      security: bearer,
      consumes: ['multipart/form-data'],
      body: z.object({
        file: z.any().meta({ type: 'string', format: 'binary', description: 'JSONL' }),
        purpose: z.literal('batch'),
      }),
      response: { 200: fileSchema, ...openAiProblems(400, 401, 413, 415, 503) },
    },
    validatorCompiler: () => (body: unknown) => ({ value: body }),
    handler: async (request) => {
      const { bytes, filename } = await readForm(request)
      const { sha256 } = await parts.store.put(bytes)
      const file = await clientBatches.addFile({
        id: `file-${newId('file').slice('file_'.length)}`,
        projectId: request.projectId,
        purpose: 'batch',
        filename,
        bytes: bytes.length,
        sha256,
        batchId: null,
      })
      return fileObject(file)
    },
  })
  app.route({
    method: 'GET',
    url: '/files',
    schema: {
      operationId: 'listBatchFiles',
      summary: 'List files of batches (OpenAI)',
      tags,
      security: bearer,
      querystring: pageSchema,
      response: { 200: listSchema, ...openAiProblems(400, 401) },
    },
    handler: async ({ projectId, query }) => {
      const { order, ...page } = query
      const { files, more } = await clientBatches.listFiles(projectId, {
        ...page,
        oldestFirst: order === 'asc',
      })
      const ids = { first_id: files[0]?.id ?? null, last_id: files.at(-1)?.id ?? null }
      return { object: 'list' as const, data: files.map(fileObject), ...ids, has_more: more }
    },
  })
  app.route({
    method: 'GET',
    url: '/files/:id',
    schema: {
      operationId: 'getBatchFile',
      summary: 'One file of a batch (OpenAI)',
      tags,
      security: bearer,
      params: paramsSchema,
      response: { 200: fileSchema, ...openAiProblems(401, 404) },
    },
    handler: async (request) => fileObject(await find(request, request.params.id)),
  })
  app.route({
    method: 'DELETE',
    url: '/files/:id',
    schema: {
      operationId: 'deleteBatchFile',
      summary: 'Delete a file of a batch (OpenAI)',
      tags,
      security: bearer,
      params: paramsSchema,
      response: { 200: fileSchema, ...openAiProblems(401, 404) },
    },
    handler: async (request) => {
      const { id } = await find(request, request.params.id)
      await clientBatches.removeFile(request.projectId, id)
      return { id, object: 'file' as const, deleted: true }
    },
  })
  app.route({
    method: 'GET',
    url: '/files/:id/content',
    schema: {
      operationId: 'getBatchFileContent',
      summary: 'What a file of a batch holds (OpenAI)',
      tags,
      security: bearer,
      params: paramsSchema,
      response: {
        200: {
          description: 'The file, as it was uploaded or as JSONL',
          content: { 'application/octet-stream': { schema: binary } },
        },
        ...openAiProblems(401, 404),
      },
    },
    handler: async (request, reply) => {
      const file = await find(request, request.params.id)
      return reply.type('application/octet-stream').send(await contentOf(file, parts))
    },
  })
}

async function contentOf(file: BatchFileRow, parts: ProducerParts): Promise<Readable> {
  if (file.sha256 !== null) return parts.store.stream(file.sha256)
  const batch = await parts.ledger.clientBatches.find(file.projectId, file.batchId ?? '')
  if (!batch) throw new AppError('not_found', `No such File object: ${file.id}`, { field: '/id' })
  return Readable.from(outputLines(batch, file.id === batch.outputFileId ? 'output' : 'error', parts), {
    objectMode: false,
  })
}

async function readForm(request: FastifyRequest): Promise<{ bytes: Buffer; filename: string }> {
  if (!request.isMultipart())
    throw new AppError('unsupported_media_type', 'a file is sent as a form', {
      field: '/content-type',
      next: 'send multipart/form-data with "file" and purpose=batch',
    })
  let file: { bytes: Buffer; filename: string } | null = null
  let purpose: unknown
  for await (const part of request.parts()) {
    if (part.type === 'file') file = { bytes: await part.toBuffer(), filename: part.filename.slice(0, 255) }
    else if (part.fieldname === 'purpose') purpose = part.value
    else if (!part.fieldname.startsWith('expires_after'))
      throw badForm(`Unknown parameter: '${part.fieldname.slice(0, 64)}'.`, part.fieldname.slice(0, 64))
  }
  if (purpose !== 'batch')
    throw badForm("purpose must be 'batch': pictures are uploaded by POST /v1/files", 'purpose')
  if (!file) throw badForm("Missing required parameter: 'file'.", 'file')
  return file
}

function badForm(message: string, field: string): AppError {
  return new AppError('invalid_request', message, {
    field: `/${field}`,
    next: 'send "file" and purpose=batch',
  })
}
