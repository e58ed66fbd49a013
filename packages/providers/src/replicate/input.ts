import { type ImageFormat, type ModelSpec, maskEdits } from '@halftone/contracts'
import { z } from 'zod'
import { askedFormat } from '../asked-format.ts'
import { unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import type { MaskForm } from '../mask/mask-form.ts'
import { wireMask } from '../mask/wire-mask.ts'
import { sentPrompt } from '../sent-prompt.ts'

const provider = 'Replicate'

/** Makes a picture or mask into a URL that the model can read. */
export type Carry = (bytes: Uint8Array, mediaType: string) => Promise<string>

/**
 * What one model calls things: its entry's `wire` in the catalogue, beside where it is found. A model is added by such
 * an entry alone. An empty name: the model has no such field.
 */
const mappingSchema = z.object({
  prompt_field: z.string().default('prompt'),
  /** Left out: the model has one size only, or that of its input. `size` sends the catalogue's name, or WIDTHxHEIGHT. */
  sizing: z.enum(['aspect_ratio', 'width_height', 'size']).optional(),
  /** Instead of `aspect_ratio` or `size`. */
  size_field: z.string().optional(),
  width_field: z.string().default('width'),
  height_field: z.string().default('height'),
  /** The field that says how many. Left out: one a call. */
  outputs: z.string().optional(),
  seed_field: z.string().default('seed'),
  steps_field: z.string().default('num_inference_steps'),
  quality_field: z.string().default(''),
  format_field: z.string().default('output_format'),
  /** The percentage that a JPEG or WebP is kept at. */
  compression_field: z.string().default(''),
  background_field: z.string().default(''),
  /** What the model calls a JPEG. */
  format_jpeg: z.string().default('jpg'),
  image_field: z.string().optional(),
  /** The field takes a list. */
  image_list: z.enum(['true', 'false']).default('false'),
  mask_field: z.string().optional(),
  /** FLUX fill's, and that of most. */
  mask_edits: z.enum(maskEdits).default('white'),
  /** Further fields, always sent: a JSON object. */
  input: z.string().default('{}').transform(parsedJson).pipe(z.record(z.string(), z.json())),
})
type Mapping = z.infer<typeof mappingSchema>

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function mappingOf({ wire }: ModelSpec): Mapping {
  const mapping = mappingSchema.safeParse(wire)
  if (mapping.success) return mapping.data
  const fault = mapping.error.issues[0]
  throw unsendable(provider, `the catalogue's wire.${fault?.path.join('.')}: ${fault?.message}`)
}

export function replicateMask(spec: ModelSpec): MaskForm | null {
  const mapping = mappingOf(spec)
  return mapping.mask_field === undefined ? null : { edits: mapping.mask_edits, levels: 'hard' }
}

/** The model's own input. Throws `provider_config` where it has no name for something that is asked for. */
export async function predictionInput(call: Call, carry: Carry): Promise<Record<string, unknown>> {
  const { spec, request, quality } = call
  if (request.mode !== 'standard') throw unsendable(provider, 'no mode on this wire')
  const map = mappingOf(spec)
  if (request.moderation || request.inputFidelity) throw unsendable(provider, 'no such setting on this wire')
  return {
    ...map.input,
    [map.prompt_field]: sentPrompt(request),
    ...sizeFields(call, map),
    ...countField(call, map),
    ...named(map.seed_field, request.seed, 'seed'),
    ...named(map.steps_field, request.steps, 'steps'),
    ...named(map.quality_field, quality, 'quality'),
    ...named(map.compression_field, request.outputCompression ?? null, 'compression'),
    ...named(map.background_field, request.background ?? null, 'background'),
    ...formatField(map, askedFormat(spec, request), spec),
    ...(await pictureFields(call, map, carry)),
  }
}

function named(field: string, value: string | number | null, what: string): Record<string, unknown> {
  if (value === null) return {}
  if (field === '') throw unsendable(provider, `no field for ${what}`)
  return { [field]: value }
}

function sizeFields({ spec, request }: Call, map: Mapping): Record<string, unknown> {
  const sizes = spec.operations[request.operation]?.sizes
  if (sizes?.kind === 'same_as_input') return {}
  const { width, height } = request
  const size = `${width}x${height}`
  const name = sizes?.kind === 'list' ? sizes.names?.[size] : undefined
  if (map.sizing === 'width_height') return { [map.width_field]: width, [map.height_field]: height }
  if (map.sizing === 'size') return { [map.size_field ?? 'size']: name ?? size }
  if (map.sizing === 'aspect_ratio' && name !== undefined) return { [map.size_field ?? 'aspect_ratio']: name }
  if (map.sizing === undefined && sizes?.kind === 'list' && sizes.list.length === 1) return {}
  throw unsendable(provider, `no way to ask for ${size}`)
}

function countField({ request }: Call, map: Mapping): Record<string, unknown> {
  if (map.outputs !== undefined) return { [map.outputs]: request.n }
  if (request.n === 1) return {}
  throw unsendable(provider, 'one picture per call')
}

function formatField(map: Mapping, format: ImageFormat, spec: ModelSpec): Record<string, unknown> {
  if (map.format_field !== '') return { [map.format_field]: format === 'jpeg' ? map.format_jpeg : format }
  if (format === spec.formats[0]) return {}
  throw unsendable(provider, `no way to ask for ${format}`)
}

async function pictureFields(call: Call, map: Mapping, carry: Carry): Promise<Record<string, unknown>> {
  const urls = await Promise.all(
    call.images.map((bytes, index) => carry(bytes, `image/${call.request.images[index]?.format ?? 'png'}`)),
  )
  return { ...(urls.length === 0 ? {} : imageField(map, urls)), ...(await maskField(call, map, carry)) }
}

function imageField(map: Mapping, urls: string[]): Record<string, unknown> {
  if (map.image_field === undefined) throw unsendable(provider, 'no field for a picture')
  if (map.image_list === 'true') return { [map.image_field]: urls }
  if (urls.length > 1) throw unsendable(provider, 'one picture per call')
  return { [map.image_field]: urls[0] }
}

async function maskField({ mask, spec }: Call, map: Mapping, carry: Carry): Promise<Record<string, unknown>> {
  if (!mask) return {}
  const form = replicateMask(spec)
  if (map.mask_field === undefined || !form) throw unsendable(provider, 'no field for a mask')
  return { [map.mask_field]: await carry(await wireMask(provider, mask, form), 'image/png') }
}
