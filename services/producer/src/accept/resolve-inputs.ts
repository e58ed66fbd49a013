import { createHash } from 'node:crypto'
import {
  type ArtifactStore,
  canonicalMask,
  checkMaskSize,
  checkUpload,
  type ImageFacts,
} from '@halftone/artifacts'
import {
  AppError,
  type InputImage,
  type InputMask,
  idSchema,
  type JobBody,
  type MaskEdits,
  newId,
} from '@halftone/contracts'
import type { FileRow, Files, JobInputs } from '@halftone/ledger'
import { decodeDataUri } from './data-uri.ts'
import { parseSize, type Size } from './nearest-sizes.ts'

/** A picture that came with the request: nothing of it is stored before the job is known to be possible. */
export interface Upload {
  bytes: Uint8Array
  file: Omit<FileRow, 'createdAt'>
}

interface ResolvedInputs {
  inputs: JobInputs
  /** The body as it is stored: every picture by its file id. */
  body: JobBody
  uploads: Upload[]
}

export interface InputResolver {
  /** Throws `not_found` for files of others, `invalid_request` for what is no picture or a mask of another size. */
  resolve(body: JobBody): Promise<ResolvedInputs>
}

/** Files of a form by the names that stand for them in the job. */
export type Attached = ReadonlyMap<string, Uint8Array>

const defaultSize = { width: 1024, height: 1024 }
const isFileId = idSchema('file')

/** For the jobs of one request: a file that many of them name is looked up, and its mask converted, once. */
export function createInputResolver(options: {
  projectId: string
  files: Pick<Files, 'find'>
  store: Pick<ArtifactStore, 'get'>
  /** Pictures inside the body; not in a bulk. */
  dataUris: boolean
  /** Pictures that came beside the body, by the names that it gives them. */
  attached?: Attached
}): InputResolver {
  const found = new Map<string, Promise<FileRow | null>>()
  const masks = new Map<string, Promise<ResolvedPicture<InputMask>>>()

  const find = async (id: string, field: string): Promise<FileRow> => {
    if (!found.has(id))
      found.set(id, isFileId.safeParse(id).success ? options.files.find(id) : Promise.resolve(null))
    const file = await found.get(id)
    if (!file || file.projectId !== options.projectId)
      throw new AppError('not_found', 'there is no such file', { field, next: 'upload it by POST /v1/files' })
    return file
  }

  const picture = async (source: string, field: string): Promise<ResolvedPicture<InputImage>> => {
    const attached = options.attached?.get(source)
    if (!attached && !isInline(source)) {
      refuseUrl(source, field)
      const { fileId, sha256, width, height, format } = await find(source, field)
      return { image: { fileId, sha256, width, height, format }, upload: null }
    }
    if (!attached) refuseInline(options.dataUris, field)
    const checked = await inField(field, () =>
      checkUpload(attached ?? decodeDataUri(source, field), { purpose: 'image' }),
    )
    const file = newFile(options.projectId, 'image', checked.facts, checked.bytes, null)
    return { image: imageOf(file), upload: { bytes: checked.bytes, file } }
  }

  const newMask = async (
    bytes: Uint8Array,
    size: Size,
    edits: MaskEdits | undefined,
    field: string,
  ): Promise<ResolvedPicture<InputMask>> => {
    const { png, maskedPixels } = await inField(field, () => canonicalMask(bytes, size, edits))
    const file = newFile(
      options.projectId,
      'mask',
      { width: size.width, height: size.height, format: 'png' },
      png,
      maskedPixels,
    )
    return { image: { ...imageOf(file), maskedPixels }, upload: { bytes: png, file } }
  }

  const mask = async (
    source: string,
    size: Size,
    edits: MaskEdits | undefined,
  ): Promise<ResolvedPicture<InputMask>> => {
    const field = '/mask'
    const attached = options.attached?.get(source)
    if (attached) return newMask(attached, size, edits, field)
    if (isInline(source)) {
      refuseInline(options.dataUris, field)
      return newMask(decodeDataUri(source, field), size, edits, field)
    }
    refuseUrl(source, field)
    const file = await find(source, field)
    checkMaskSize(file, size)
    if (file.maskedPixels !== null) {
      refuseOtherReading(edits)
      return { image: { ...imageOf(file), maskedPixels: file.maskedPixels }, upload: null }
    }
    // uploaded as a picture: converted once, however many jobs use it
    const key = `${source} ${edits}`
    const known = masks.get(key)
    if (known) return { image: (await known).image, upload: null }
    const made = options.store.get(file.sha256).then((bytes) => newMask(bytes, size, edits, field))
    masks.set(key, made)
    return made
  }

  return {
    async resolve(body) {
      const sources = body.image === undefined ? [] : [body.image].flat()
      const pictures = await Promise.all(
        sources.map((source, i) => picture(source, Array.isArray(body.image) ? `/image/${i}` : '/image')),
      )
      const first = pictures[0]?.image
      const masked = body.mask !== undefined && first ? await mask(body.mask, first, body.mask_edits) : null
      const images = pictures.map(({ image }) => image)
      const ids = images.map(({ fileId }) => fileId)
      return {
        inputs: { ...sizeOf(body, first), images, mask: masked?.image ?? null },
        body: {
          ...body,
          image: Array.isArray(body.image) ? ids : ids[0],
          mask: masked?.image.fileId,
          mask_edits: undefined,
        },
        uploads: [...pictures, masked].flatMap((resolved) => (resolved?.upload ? [resolved.upload] : [])),
      }
    },
  }
}

interface ResolvedPicture<T> {
  image: T
  upload: Upload | null
}

function sizeOf(body: JobBody, first: Size | undefined): Size {
  if (body.size !== undefined && body.size !== 'auto') return parseSize(body.size)
  return body.operation === 'edit' && first ? { width: first.width, height: first.height } : defaultSize
}

/** What the ledger keeps of a picture that somebody sent. */
export function newFile(
  projectId: string,
  purpose: 'image' | 'mask',
  facts: ImageFacts,
  bytes: Uint8Array,
  maskedPixels: number | null,
): Upload['file'] {
  return {
    fileId: newId('file'),
    projectId,
    purpose,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    width: facts.width,
    height: facts.height,
    format: facts.format,
    bytes: bytes.length,
    maskedPixels,
  }
}

function imageOf({ fileId, sha256, width, height, format }: InputImage): InputImage {
  return { fileId, sha256, width, height, format }
}

function isInline(source: string): boolean {
  return /^data:/i.test(source)
}

function refuseInline(allowed: boolean, field: string): void {
  if (!allowed)
    throw new AppError('invalid_request', 'data URIs are not accepted in a bulk', {
      field,
      next: 'upload the picture by POST /v1/files and give its id',
    })
}

function refuseUrl(source: string, field: string): void {
  if (/^[a-z][a-z0-9+.-]*:/i.test(source))
    throw new AppError('invalid_request', 'pictures are not fetched from URLs yet', {
      field,
      next: 'upload the picture by POST /v1/files and give its id',
    })
}

/** What was uploaded as a mask is kept with its part to edit in white: how it was painted is not known any more. */
function refuseOtherReading(edits: MaskEdits | undefined): void {
  if (edits === undefined || edits === 'white') return
  throw new AppError(
    'invalid_request',
    'this file was uploaded as a mask, and is kept with white for the edit',
    {
      field: '/mask_edits',
      limit: 'white',
      next: 'leave mask_edits out, or upload the mask again with it',
    },
  )
}

/** What the artifact checks say is about "the picture"; the caller must know which. */
async function inField<T>(field: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, error.message, { ...error.detail, field })
  }
}
