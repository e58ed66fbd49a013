import { askedFormat } from '../asked-format.ts'
import { unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import { sentPrompt } from '../sent-prompt.ts'

const provider = 'Replicate'

/** Makes a picture or mask into a URL that the model can read. */
export type Carry = (bytes: Uint8Array, mediaType: string) => Promise<string>

/**
 * The model's own input. Field names differ per model: the catalogue's `wire` gives them. Throws `provider_config`
 * where it has no name for something that is asked for.
 */
export async function predictionInput(call: Call, carry: Carry): Promise<Record<string, unknown>> {
  const { spec, request, quality } = call
  if (request.mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no mode or quality on this wire')
  const format = askedFormat(spec, request)
  return {
    prompt: sentPrompt(request),
    ...sizeFields(call),
    ...countField(call),
    ...(request.seed === null ? {} : { seed: request.seed }),
    ...(request.steps === null ? {} : { num_inference_steps: request.steps }),
    output_format: format === 'jpeg' ? 'jpg' : format,
    ...(await pictureFields(call, carry)),
  }
}

function sizeFields({ spec, request }: Call): Record<string, unknown> {
  const sizes = spec.operations[request.operation]?.sizes
  if (sizes?.kind === 'same_as_input') return {}
  const size = `${request.width}x${request.height}`
  if (spec.wire.sizing === 'width_height') return { width: request.width, height: request.height }
  if (spec.wire.sizing === 'aspect_ratio' && sizes?.kind === 'list') {
    const name = sizes.names?.[size]
    if (name !== undefined) return { aspect_ratio: name }
  }
  if (spec.wire.sizing === undefined && sizes?.kind === 'list' && sizes.list.length === 1) return {}
  throw unsendable(provider, `no way to ask for ${size}`)
}

function countField({ spec, request }: Call): Record<string, unknown> {
  if (spec.wire.outputs !== undefined) return { [spec.wire.outputs]: request.n }
  if (request.n === 1) return {}
  throw unsendable(provider, 'one picture per call')
}

async function pictureFields(call: Call, carry: Carry): Promise<Record<string, unknown>> {
  const { wire } = call.spec
  const urls = await Promise.all(
    call.images.map((bytes, index) => carry(bytes, `image/${call.request.images[index]?.format ?? 'png'}`)),
  )
  return {
    ...(urls.length === 0 ? {} : imageField(wire, urls)),
    ...(call.mask ? maskField(wire, await carry(call.mask, 'image/png')) : {}),
  }
}

/** `image_list: "true"` says that the field takes a list. */
function imageField(wire: Record<string, string>, urls: string[]): Record<string, unknown> {
  if (wire.image_field === undefined) throw unsendable(provider, 'no field for a picture')
  if (wire.image_list === 'true') return { [wire.image_field]: urls }
  if (urls.length > 1) throw unsendable(provider, 'one picture per call')
  return { [wire.image_field]: urls[0] }
}

/** Our canonical mask is theirs: white = edit. */
function maskField(wire: Record<string, string>, url: string): Record<string, unknown> {
  if (wire.mask_field === undefined) throw unsendable(provider, 'no field for a mask')
  return { [wire.mask_field]: url }
}
