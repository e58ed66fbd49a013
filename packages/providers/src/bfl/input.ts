import type { ModelSpec } from '@halftone/contracts'
import { askedFormat } from '../asked-format.ts'
import { failure, unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import { type MaskForm, whiteMask } from '../mask/mask-form.ts'
import { wireMask } from '../mask/wire-mask.ts'
import { sentPrompt } from '../sent-prompt.ts'

const provider = 'Black Forest Labs'
const growthMax = 2_048

/**
 * The one body that asks for exactly what the call asks for. Fields differ per model: the catalogue's `wire` names
 * them. Throws `provider_config` where it has no name for something that is asked for.
 */
export async function taskInput(call: Call): Promise<Record<string, unknown>> {
  const { spec, request, quality } = call
  if (request.n !== 1) throw unsendable(provider, 'one picture per call')
  if (request.mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no mode or quality on this wire')
  if (request.steps !== null && !spec.steps) throw unsendable(provider, 'no steps for this model')
  return {
    prompt: sentPrompt(request),
    ...sizeFields(call),
    ...(await pictureFields(call)),
    ...(request.seed === null ? {} : { seed: request.seed }),
    ...(request.steps === null ? {} : { steps: request.steps }),
    // Where there is such a field its default may rewrite the prompt: the caller's words are sent as they are.
    ...(spec.wire.prompt_upsampling === 'false' ? { prompt_upsampling: false } : {}),
    output_format: askedFormat(spec, request),
  }
}

function sizeFields(call: Call): Record<string, unknown> {
  const { spec, request } = call
  const sizes = spec.operations[request.operation]?.sizes
  if (sizes?.kind === 'same_as_input') return request.editKind === 'outpaint' ? growth(call) : {}
  if (spec.wire.sizing === 'width_height') return { width: request.width, height: request.height }
  const size = `${request.width}x${request.height}`
  const name = sizes?.kind === 'list' ? sizes.names?.[size] : undefined
  if (spec.wire.sizing === 'aspect_ratio' && name !== undefined) return { aspect_ratio: name }
  throw unsendable(provider, `no way to ask for ${size}`)
}

/** The asked size is the canvas, with the picture in its middle. */
function growth({ request }: Call): Record<string, number> {
  const picture = request.images[0]
  const x = request.width - (picture?.width ?? request.width)
  const y = request.height - (picture?.height ?? request.height)
  const [left, top] = [Math.floor(x / 2), Math.floor(y / 2)]
  const sides = { left, right: x - left, top, bottom: y - top }
  const isGrowth = x >= 0 && y >= 0 && x + y > 0 && Math.max(...Object.values(sides)) <= growthMax
  if (isGrowth) return sides
  const cause = new Error(`outpaint needs a size larger than the picture, by ${growthMax} a side at most`)
  throw failure(provider, 'invalid_request', { billed: 'no', cause })
}

/** What grey would do no document says. */
export function bflMask({ wire }: ModelSpec): MaskForm | null {
  return wire.mask_field === undefined ? null : whiteMask
}

async function pictureFields({ spec, images, mask }: Call): Promise<Record<string, string>> {
  const { image_field: field, images_max = '1', mask_field } = spec.wire
  const form = bflMask(spec)
  if (images.length > 0 && field === undefined) throw unsendable(provider, 'no field for a picture')
  if (images.length > Number(images_max)) throw unsendable(provider, `${images_max} pictures at most`)
  const pictures = images.map((bytes, index) => [
    index === 0 ? field : `${field}_${index + 1}`,
    base64(bytes),
  ])
  if (!mask) return Object.fromEntries(pictures)
  if (mask_field === undefined || !form) throw unsendable(provider, 'no field for a mask')
  return { ...Object.fromEntries(pictures), [mask_field]: base64(await wireMask(provider, mask, form)) }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
