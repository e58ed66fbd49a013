import type { HostPreset, ImageFormat } from '@halftone/contracts'
import { askedFormat } from '../asked-format.ts'
import { unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import type { MaskForm } from '../mask/mask-form.ts'
import { wireMask } from '../mask/wire-mask.ts'
import { multipart, pictureBlob } from '../multipart.ts'
import { sentPrompt } from '../sent-prompt.ts'

export interface HostRequest {
  path: string
  contentType: string
  body: Uint8Array | string
}

/** A call in the words of one host. Throws `provider_config` where it has no word for what is asked: nothing is dropped. */
export async function hostRequest(name: string, preset: HostPreset, call: Call): Promise<HostRequest> {
  const fields = fieldsOf(name, preset, call)
  if (call.request.operation === 'generate') return json(preset.paths.generate, fields)
  const { edit } = preset
  if (!edit) throw unsendable(name, 'no edits on this wire')
  if (call.images.length > 1 && edit.images === null) throw unsendable(name, 'one input picture on this wire')
  if (call.mask && !edit.mask) throw unsendable(name, 'no mask on this wire')
  const maskForm = hostMask(preset)
  const mask = call.mask && maskForm ? await wireMask(name, call.mask, maskForm) : null
  const formats = call.images.map((_, index) => call.request.images[index]?.format ?? 'png')
  if (edit.body === 'json') {
    const links = call.images.map((bytes, index) => dataUri(bytes, formats[index]))
    const pictures = links.length > 1 ? { [edit.images ?? edit.image]: links } : { [edit.image]: links[0] }
    return json(edit.path, {
      ...fields,
      ...pictures,
      ...(mask && edit.mask ? { [edit.mask.field]: dataUri(mask, 'png') } : {}),
    })
  }
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, String(value))
  const field = call.images.length > 1 ? (edit.images ?? edit.image) : edit.image
  call.images.forEach((bytes, index) => {
    form.append(field, pictureBlob(bytes, formats[index] ?? 'png'))
  })
  if (mask && edit.mask) form.append(edit.mask.field, pictureBlob(mask, 'png'))
  return { path: edit.path, ...(await multipart(form)) }
}

function json(path: string, body: Record<string, unknown>): HostRequest {
  return { path, contentType: 'application/json', body: JSON.stringify(body) }
}

type Fields = Record<string, string | number | boolean>

function fieldsOf(name: string, { fields, fixed }: HostPreset, { spec, request, quality }: Call): Fields {
  const word = (
    what: keyof typeof fields,
    value: string | number | null | undefined,
    plain?: number,
  ): Fields => {
    const field = fields[what]
    if (value === null || value === undefined) return {}
    if (typeof field === 'string') return { [field]: value }
    if (value === plain) return {}
    throw unsendable(name, `no ${what} on this wire`)
  }
  if (request.mode !== 'standard') throw unsendable(name, `no mode ${request.mode} on this wire`)
  const { width, height } = request
  return {
    ...fixed,
    model: spec.wire.model ?? spec.model,
    prompt: sentPrompt(request),
    ...word('n', request.n, 1),
    ...sizeFields(fields.size, width, height),
    ...word('quality', quality),
    ...(fields.format === null ? {} : { [fields.format]: askedFormat(spec, request) }),
    ...word('seed', request.seed),
    ...word('background', request.background),
    ...word('compression', request.outputCompression),
    ...word('moderation', request.moderation),
    ...word('fidelity', request.inputFidelity),
    // The price is that of the default steps; a host's own default may be more.
    ...word('steps', request.steps ?? (fields.steps === null ? null : (spec.steps?.default ?? null))),
  }
}

/** Without a word for it, the catalogue lists the one size that a model has. */
function sizeFields(field: HostPreset['fields']['size'], width: number, height: number): Fields {
  if (field === null) return {}
  if (typeof field === 'string') return { [field]: `${width}x${height}` }
  return { [field.width]: width, [field.height]: height }
}

/** Some hosts take pure black and white alone. */
export function hostMask({ edit }: HostPreset): MaskForm | null {
  return edit?.mask ? { edits: edit.mask.edits, levels: 'hard' } : null
}

function dataUri(bytes: Uint8Array, format: ImageFormat = 'png'): string {
  return `data:image/${format};base64,${Buffer.from(bytes).toString('base64')}`
}
