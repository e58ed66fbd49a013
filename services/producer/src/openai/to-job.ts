import { AppError, type JobBody, jobBodySchema, type ModelSpec, modelKey } from '@halftone/contracts'
import { schemaError } from '../schema-error.ts'
import { findModel, type Pin } from './find-model.ts'
import type { ImagesRequest } from './request.ts'

/**
 * The job that an OpenAI request asks for. `usable`: the models that may be named. Throws an AppError; its `field` is
 * the job's, and `paramOf` gives it OpenAI's name.
 */
export function toJob(request: ImagesRequest, usable: readonly ModelSpec[]): JobBody {
  const { halftone = {}, model, n, size } = request.body
  const pin = findModel(model, usable)
  const { routing, metadata, ...rest } = halftone
  const parsed = jobBodySchema.safeParse({
    ...rest,
    n,
    size,
    routing: { ...routing, ...pinned(pin, routing?.allow, usable) },
    metadata: withUser(request, metadata),
    ...wordsOf(request, pin, usable),
  })
  if (!parsed.success) throw schemaError(parsed.error)
  return parsed.data
}

/** Who the end user is stays with the job; no provider is told. */
function withUser({ body }: ImagesRequest, metadata: JobBody['metadata']): JobBody['metadata'] {
  const { user } = body
  const identifier = 'safety_identifier' in body ? body.safety_identifier : undefined
  if (user === undefined && identifier === undefined) return metadata
  return {
    ...metadata,
    ...(user === undefined ? {} : { user }),
    ...(identifier === undefined ? {} : { safety_identifier: identifier }),
  }
}

function wordsOf(request: ImagesRequest, pin: Pin, usable: readonly ModelSpec[]) {
  if (request.kind === 'variation') return { operation: 'variation', image: request.body.image[0] }
  const { body } = request
  checkStream(body)
  const format = body.output_format ?? usualFormat(pin, usable)
  return {
    operation: request.kind === 'generation' ? 'generate' : 'edit',
    prompt: body.prompt,
    quality: qualityOf(body.quality),
    format,
    background: body.background === 'auto' ? undefined : body.background,
    moderation: body.moderation === 'auto' ? undefined : body.moderation,
    output_compression: compressionOf(body.output_compression, format),
    ...(body.stream ? { partial_images: body.partial_images ?? 0 } : {}),
    ...picturesOf(request),
  }
}

function picturesOf(request: Exclude<ImagesRequest, { kind: 'variation' }>) {
  if (request.kind === 'generation') return {}
  const { input_fidelity } = request.body
  if (request.kind === 'form-edit') {
    const { image, mask } = request.body
    return { image, mask, input_fidelity }
  }
  const { images, mask } = request.body
  const nameOf = (ref: { image_url?: string; file_id?: string }) => ref.file_id ?? ref.image_url
  return { image: images.map(nameOf), mask: mask && nameOf(mask), input_fidelity }
}

/** `standard` is what a model does when it is not told; `hd` its best. */
function qualityOf(word: Extract<ImagesRequest, { kind: 'generation' }>['body']['quality']) {
  return word === 'standard' ? 'auto' : word === 'hd' ? 'high' : word
}

/** PNG as at OpenAI, unless a model was named that makes none. */
function usualFormat(pin: Pin, usable: readonly ModelSpec[]): 'png' | undefined {
  const keys = pin.kind === 'any' ? null : pin.kind === 'one' ? [pin.key] : pin.keys
  if (keys === null) return 'png'
  return usable.some((spec) => keys.includes(modelKey(spec)) && spec.formats.includes('png'))
    ? 'png'
    : undefined
}

/** A PNG loses nothing, so 100 says nothing new of it. */
function compressionOf(percent: number | undefined, format: string | undefined): number | undefined {
  return percent === 100 && (format === undefined || format === 'png') ? undefined : percent
}

function checkStream({ stream, partial_images }: { stream: boolean; partial_images?: number }): void {
  if (stream || !partial_images) return
  throw new AppError('invalid_request', 'partial_images is only for streams', {
    field: '/partial_images',
    limit: 0,
    next: 'set "stream": true, or leave partial_images out',
  })
}

function pinned(pin: Pin, allow: readonly string[] | undefined, usable: readonly ModelSpec[]) {
  if (pin.kind === 'any') return {}
  if (pin.kind === 'one') return { model: pin.key }
  if (!allow) return { allow: pin.keys }
  const names = new Set(allow)
  const kept = usable
    .filter((spec) => pin.keys.includes(modelKey(spec)))
    .filter((spec) => names.has(spec.provider) || names.has(modelKey(spec)))
    .map(modelKey)
  if (kept.length > 0) return { allow: kept }
  throw new AppError('impossible', 'routing.allow leaves no provider of this model', {
    field: '/routing/allow',
    limit: pin.keys.join(', '),
    next: `allow one of: ${pin.keys.join(', ')}`,
  })
}
