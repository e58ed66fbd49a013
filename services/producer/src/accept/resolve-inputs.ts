import { createHash } from 'node:crypto'
import {
  type ArtifactStore,
  type CanonicalMask,
  type CheckedUpload,
  canonicalMask,
  checkMaskSize,
  checkUpload,
  templateMask,
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
import type { FetchPicture } from './fetch-picture.ts'
import { parseSize, type Size } from './nearest-sizes.ts'
import { type Attached, createSourceReader } from './read-source.ts'

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

const defaultSize = { width: 1024, height: 1024 }
const isFileId = idSchema('file')

/** For the jobs of one request: what many of them name is looked up, fetched, checked and converted once. */
export function createInputResolver(options: {
  projectId: string
  files: Pick<Files, 'find'>
  store: Pick<ArtifactStore, 'get'>
  fetchPicture: FetchPicture
  /** Base of links to this API: what they name is a file, and is not fetched. */
  publicUrl: string
  /** Pictures inside the body; not in a bulk. */
  dataUris: boolean
  /** Pictures that came beside the body, by the names that it gives them. */
  attached?: Attached
}): InputResolver {
  const found = new Map<string, Promise<FileRow | null>>()
  const pictures = new Map<string, Promise<ResolvedPicture<InputImage>>>()
  const masks = new Map<string, Promise<ResolvedPicture<InputMask>>>()
  const read = createSourceReader(options)

  const find = async (named: string, field: string): Promise<FileRow> => {
    const id = fileIdIn(named, options.publicUrl) ?? named
    if (!found.has(id))
      found.set(id, isFileId.safeParse(id).success ? options.files.find(id) : Promise.resolve(null))
    const file = await found.get(id)
    if (!file || file.projectId !== options.projectId)
      throw new AppError('not_found', 'there is no such file', { field, next: 'upload it by POST /v1/files' })
    return file
  }

  const newPicture = (source: string, bytes: Promise<Uint8Array>, field: string) =>
    once(pictures, source, async () => {
      const sent = await bytes
      const checked = await inField(field, () => checkUpload(sent, { purpose: 'image' }))
      const file = newFile(options.projectId, 'image', checked)
      return { image: imageOf(file), upload: { bytes: checked.bytes, file } }
    })

  const picture = async (source: string, field: string): Promise<ResolvedPicture<InputImage>> => {
    const bytes = fileIdIn(source, options.publicUrl) === null ? read(source, field) : null
    if (bytes) return newPicture(source, bytes, field)
    return { image: imageOf(await find(source, field)), upload: null }
  }

  const newMask = (key: string, size: Size, make: () => Promise<CanonicalMask>) =>
    once(masks, key, async () => {
      const { png, maskedPixels, template } = await inField('/mask', make)
      const facts = { width: size.width, height: size.height, format: 'png' as const }
      const file = newFile(options.projectId, 'mask', { bytes: png, facts, maskedPixels, template })
      return { image: { ...imageOf(file), maskedPixels, template }, upload: { bytes: png, file } }
    })

  const mask = async (
    source: string,
    size: Size,
    edits: MaskEdits | undefined,
  ): Promise<ResolvedPicture<InputMask>> => {
    const field = '/mask'
    const key = `${size.width}x${size.height} ${edits} ${source}`
    const bytes = fileIdIn(source, options.publicUrl) === null ? read(source, field) : null
    if (bytes) return newMask(key, size, async () => canonicalMask(await bytes, size, edits))
    const file = await find(source, field)
    checkMaskSize(file, size)
    if (file.maskedPixels === null)
      // uploaded as a picture
      return newMask(key, size, async () => canonicalMask(await options.store.get(file.sha256), size, edits))
    refuseOtherReading(edits)
    const { maskedPixels, maskTemplate: template } = file
    return { image: { ...imageOf(file), maskedPixels, template }, upload: null }
  }

  const maskOf = async (
    body: JobBody,
    size: Size | undefined,
  ): Promise<ResolvedPicture<InputMask> | null> => {
    const { mask: source, mask_template: template } = body
    if (!size) return null
    if (source !== undefined) return mask(source, size, body.mask_edits)
    if (template === undefined) return null
    return newMask(`${size.width}x${size.height} ${template}`, size, () => templateMask(template, size))
  }

  return {
    async resolve(body) {
      const sources = body.image === undefined ? [] : [body.image].flat()
      const pictures = await Promise.all(
        sources.map((source, i) => picture(source, Array.isArray(body.image) ? `/image/${i}` : '/image')),
      )
      const first = pictures[0]?.image
      const masked = await maskOf(body, first)
      const images = pictures.map(({ image }) => image)
      const ids = images.map(({ fileId }) => fileId)
      return {
        inputs: { ...sizeOf(body, first), images, mask: masked?.image ?? null },
        body: {
          ...body,
          image: Array.isArray(body.image) ? ids : ids[0],
          mask: masked?.image.fileId,
          mask_edits: undefined,
          mask_template: undefined,
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
  { bytes, facts, maskedPixels, template }: CheckedUpload,
): Upload['file'] {
  return {
    fileId: newId('file'),
    projectId,
    purpose,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...facts,
    bytes: bytes.length,
    maskedPixels,
    maskTemplate: template,
  }
}

function imageOf({ fileId, sha256, width, height, format }: InputImage): InputImage {
  return { fileId, sha256, width, height, format }
}

/** The file that a link of ours leads to, whatever its signature: whose it is decides. */
function fileIdIn(link: string, publicUrl: string): string | null {
  if (!link.startsWith(`${publicUrl}/v1/files/`)) return null
  return /\/v1\/files\/([^/?#]+)\/content(?:$|\?)/.exec(link)?.[1] ?? null
}

/** The one promise for a key; who comes later shares it, success or not. */
function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make()
  known.set(key, made)
  return made
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
    if (!(error instanceof AppError) || error.detail.field !== '/file') throw error
    throw new AppError(error.code, error.message, { ...error.detail, field })
  }
}
