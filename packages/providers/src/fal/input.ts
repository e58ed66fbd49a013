import type { ModelSpec } from '@halftone/contracts'
import { askedFormat } from '../asked-format.ts'
import { unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import { type MaskForm, whiteMask } from '../mask/mask-form.ts'
import { wireMask } from '../mask/wire-mask.ts'
import { sentPrompt } from '../sent-prompt.ts'

const provider = 'fal'

/**
 * The model's own input. Field names differ per endpoint: the catalogue's `wire` gives them. Throws `provider_config`
 * where it has no name for something that is asked for.
 */
export async function modelInput(call: Call): Promise<Record<string, unknown>> {
  const { spec, request, quality } = call
  if (request.mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no mode or quality on this wire')
  if (request.steps !== null && !spec.steps) throw unsendable(provider, 'no steps for this model')
  if (request.seed !== null && !spec.seed) throw unsendable(provider, 'no seed for this model')
  return {
    prompt: sentPrompt(request),
    ...sizeField(call),
    ...countField(call),
    ...(request.seed === null ? {} : { seed: request.seed }),
    ...(request.steps === null ? {} : { num_inference_steps: request.steps }),
    ...(spec.wire.format_field === undefined ? {} : { [spec.wire.format_field]: askedFormat(spec, request) }),
    ...(await pictureFields(call)),
  }
}

function sizeField({ spec, request }: Call): Record<string, unknown> {
  const { width, height } = request
  const sizes = spec.operations[request.operation]?.sizes
  if (sizes?.kind === 'same_as_input') return {}
  if (spec.wire.sizing === 'image_size') return { image_size: { width, height } }
  const name = sizes?.kind === 'list' ? sizes.names?.[`${width}x${height}`] : undefined
  if (spec.wire.sizing === 'aspect_ratio' && name !== undefined) return { aspect_ratio: name }
  throw unsendable(provider, `no way to ask for ${width}x${height}`)
}

function countField({ spec, request }: Call): Record<string, unknown> {
  if (spec.wire.outputs !== undefined) return { [spec.wire.outputs]: request.n }
  if (request.n === 1) return {}
  throw unsendable(provider, 'one picture per call')
}

/** White = edit at every model that is listed; what grey would do no document says. */
export function falMask({ wire }: ModelSpec): MaskForm | null {
  return wire.mask_field === undefined ? null : whiteMask
}

async function pictureFields({ spec, request, images, mask }: Call): Promise<Record<string, unknown>> {
  const { image_field, image_list, mask_field } = spec.wire
  const form = falMask(spec)
  const urls = images.map((bytes, index) => dataUrl(bytes, request.images[index]?.format ?? 'png'))
  if (urls.length > 0 && image_field === undefined) throw unsendable(provider, 'no field for a picture')
  if (urls.length > 1 && image_list !== 'true') throw unsendable(provider, 'one picture per call')
  const pictures = urls.length === 0 ? {} : { [image_field ?? '']: image_list === 'true' ? urls : urls[0] }
  if (!mask) return pictures
  if (mask_field === undefined || !form) throw unsendable(provider, 'no field for a mask')
  return { ...pictures, [mask_field]: dataUrl(await wireMask(provider, mask, form), 'png') }
}

function dataUrl(bytes: Uint8Array, format: string): string {
  return `data:image/${format};base64,${Buffer.from(bytes).toString('base64')}`
}
