import type { FastifyRequest } from 'fastify'
import { decodeChannel, type ImageFacts, readFacts } from '../art/pixels.ts'
import { fileOf, readForm } from '../form.ts'
import { readInputFile } from '../input-file.ts'
import { badRequest, openaiErrors } from './errors.ts'
import { type EditRequest, formEditSchema, jsonEditSchema, parseBody, typedFields } from './request.ts'

export interface InputImage extends ImageFacts {
  file: Buffer
}

export interface EditInputs {
  request: EditRequest
  /** The first is edited, the others are references. */
  images: [InputImage, ...InputImage[]]
  /** Per pixel of the first image 255 = repaint, 0 = keep; null = no mask was given. */
  strength: Uint8Array | null
}

const imageBytesMax = 50_000_000
const maskBytesMax = 4_000_000
const imagesMax = 16
const formBytesMax = 100_000_000

/** Reads an edit in either of its two content types, and checks its pictures as documented. */
export async function readEdit(request: FastifyRequest): Promise<EditInputs> {
  return request.isMultipart() ? checkEdit(await fromForm(request)) : readJsonEdit(request.body)
}

/** The JSON form alone, which is also that of a batch's line. */
export async function readJsonEdit(body: unknown): Promise<EditInputs> {
  return checkEdit(await fromJson(body))
}

async function checkEdit({
  fields,
  imageFiles,
  maskFile,
}: {
  fields: EditRequest
  imageFiles: Buffer[]
  maskFile?: Buffer
}): Promise<EditInputs> {
  if (imageFiles.length === 0)
    throw badRequest("Missing required parameter: 'image'.", 'image', 'missing_required_parameter')
  if (imageFiles.length > imagesMax)
    throw badRequest(`At most ${imagesMax} images.`, 'image', 'array_above_max_length')
  const images = await Promise.all(imageFiles.map(readImage))
  const [first, ...others] = images
  if (!first) throw badRequest('No image.', 'image')
  const strength = maskFile ? await readMask(maskFile, first) : null
  return { request: fields, images: [first, ...others], strength }
}

async function fromForm(request: FastifyRequest) {
  const form = await readForm(request, formBytesMax, openaiErrors)
  const fields = parseBody(formEditSchema, typedFields(form.fields))
  const stray = form.files.find(({ name }) => !['image', 'image[]', 'mask'].includes(name))
  if (stray) throw badRequest(`Unknown parameter: '${stray.name}'.`, stray.name, 'unknown_parameter')
  const imageFiles = form.files.filter(({ name }) => name !== 'mask').map(({ data }) => data)
  return { fields, imageFiles, maskFile: fileOf(form, 'mask') }
}

async function fromJson(body: unknown) {
  const { images, mask, ...fields } = parseBody(jsonEditSchema, body)
  const imageFiles = await Promise.all(images.map((ref, i) => fetchRef(ref, `images.${i}`)))
  return { fields, imageFiles, maskFile: mask && (await fetchRef(mask, 'mask')) }
}

async function fetchRef(ref: { image_url?: string; file_id?: string }, param: string): Promise<Buffer> {
  if (ref.image_url === undefined)
    throw badRequest(`No such file: '${ref.file_id}'.`, param, 'invalid_file_id')
  const file = await readInputFile(ref.image_url, imageBytesMax)
  if (!file) throw badRequest('The image URL could not be downloaded.', param, 'invalid_image_url')
  return file
}

async function readImage(file: Buffer): Promise<InputImage> {
  if (file.length >= imageBytesMax)
    throw badRequest('Each image must be smaller than 50MB.', 'image', 'image_too_large')
  const facts = await readFacts(file)
  if (!facts || !['png', 'jpeg', 'webp'].includes(facts.format))
    throw badRequest(
      'Invalid image file or mode for image, please check your image file.',
      'image',
      'invalid_image_file',
    )
  return { ...facts, file }
}

/** OpenAI's rule: a PNG of the image's size, under 4 MB; exactly its fully transparent pixels are repainted. */
async function readMask(file: Buffer, image: InputImage): Promise<Uint8Array> {
  const facts = await readFacts(file)
  if (file.length >= maskBytesMax)
    throw badRequest('The mask must be smaller than 4MB.', 'mask', 'invalid_mask')
  if (facts?.format !== 'png')
    throw badRequest('Invalid mask image format - must be a PNG file.', 'mask', 'invalid_mask')
  if (facts.width !== image.width || facts.height !== image.height)
    throw badRequest(
      `Invalid mask image size - mask is ${facts.width}x${facts.height}, image is ${image.width}x${image.height}.`,
      'mask',
      'invalid_mask',
    )
  if (!facts.hasAlpha)
    throw badRequest('Invalid mask image format - mask image missing alpha channel.', 'mask', 'invalid_mask')
  const alpha = await decodeChannel(file, 'alpha', image)
  return alpha.map((value) => (value === 0 ? 255 : 0))
}
