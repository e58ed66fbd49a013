import multipart, { type MultipartFile } from '@fastify/multipart'
import { checkUpload } from '@halftone/artifacts'
import { AppError, fileAnswerSchema, limits, type MaskEdits, maskEdits } from '@halftone/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { newFile } from '../../accept/resolve-inputs.ts'
import { storeUploads } from '../../accept/store-uploads.ts'
import { fileAnswer } from '../../answers/file-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const purposes = ['image', 'mask'] as const
const formSchema = z.object({
  file: z.any().meta({ type: 'string', format: 'binary', description: 'PNG, JPEG or WebP' }),
  purpose: z.enum(purposes).default('image'),
  mask_edits: z
    .enum(maskEdits)
    .optional()
    .describe(
      'the part of a mask to edit; left out: the transparent one if there is any, else the white one',
    ),
})

/** `POST /v1/files`: checked to the last pixel before it is stored; a mask is stored in its canonical form. */
export function createFileRoute(app: App, parts: ProducerParts): void {
  app.register(multipart, {
    throwFileSizeLimit: true,
    limits: { fileSize: limits.fileBytes, files: 1, fields: 4, parts: 5, fieldSize: 1_000, headerPairs: 50 },
  })
  app.route({
    method: 'POST',
    url: '/files',
    bodyLimit: limits.fileBytes + 100_000,
    schema: {
      operationId: 'createFile',
      summary: 'Upload a picture or a mask',
      tags: ['files'],
      security: bearer,
      consumes: ['multipart/form-data'],
      body: formSchema,
      response: { 201: fileAnswerSchema, ...problems(400, 401, 413, 415, 503) },
    },
    // the schema is for readers: the form is read as a stream
    validatorCompiler: () => (body: unknown) => ({ value: body }),
    handler: async (request, reply) => {
      const { bytes, purpose, maskEdits } = await readForm(request)
      const checked = await checkUpload(bytes, { purpose, maskEdits })
      const file = newFile(request.projectId, purpose, checked)
      const { store, ledger } = parts
      await storeUploads({ store, files: ledger.files }, [{ bytes: checked.bytes, file }])
      const createdAt = new Date(parts.accept.clock())
      return reply.status(201).send(fileAnswer({ ...file, createdAt }, parts.accept.links))
    },
  })
}

type Form = { bytes: Buffer; purpose: (typeof purposes)[number]; maskEdits?: MaskEdits }

/** The parser throws plain errors for a broken form; its own refusals have a status. */
async function readForm(request: FastifyRequest): Promise<Form> {
  try {
    return await readParts(request)
  } catch (error) {
    if (error instanceof AppError || (error instanceof Error && 'statusCode' in error)) throw error
    throw badForm('the form is broken or cut off', '/file', undefined, error)
  }
}

/** `purpose` may stand before or after the file. */
async function readParts(request: FastifyRequest): Promise<Form> {
  let bytes: Buffer | null = null
  let purpose: unknown = 'image'
  let edits: unknown
  for await (const part of request.parts()) {
    if (part.type === 'file') bytes = await readFile(part)
    else if (part.fieldname === 'purpose') purpose = part.value
    else if (part.fieldname === 'mask_edits') edits = part.value
    else
      throw badForm(`${part.fieldname.slice(0, 64)} is not a known field`, `/${part.fieldname.slice(0, 64)}`)
  }
  if (!bytes) throw badForm('there is no file in this form', '/file')
  const known = purposes.find((name) => name === purpose)
  if (!known) throw badForm(`purpose must be one of: ${purposes.join(', ')}`, '/purpose', purposes.join(', '))
  return { bytes, purpose: known, maskEdits: readMaskEdits(edits, known) }
}

function readMaskEdits(edits: unknown, purpose: Form['purpose']): MaskEdits | undefined {
  if (edits === undefined) return undefined
  const known = maskEdits.find((name) => name === edits)
  const names = maskEdits.join(', ')
  if (!known) throw badForm(`mask_edits must be one of: ${names}`, '/mask_edits', names)
  if (purpose !== 'mask') throw badForm('mask_edits is for purpose=mask', '/mask_edits', 'purpose=mask')
  return known
}

async function readFile(part: MultipartFile): Promise<Buffer> {
  if (part.fieldname !== 'file') throw badForm('the file must be in the field "file"', '/file')
  return part.toBuffer()
}

function badForm(detail: string, field: string, limit?: string, cause?: unknown): AppError {
  return new AppError('invalid_request', detail, {
    field,
    limit,
    next: 'send multipart/form-data with one file named "file" and, for a mask, purpose=mask',
    cause,
  })
}
