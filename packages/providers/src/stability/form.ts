import type { ImageRequest } from '@halftone/contracts'
import { askedFormat } from '../asked-format.ts'
import { failure, unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import { pictureBlob } from '../multipart.ts'
import { sentPrompt } from '../sent-prompt.ts'

const provider = 'Stability'

export interface StabilityForm {
  /** Below /v2beta/stable-image/. */
  path: string
  form: FormData
}

/** The one request that asks for exactly what the call asks for; throws `provider_config` where the wire has no words for it. */
export function stabilityForm(call: Call): StabilityForm {
  const { request, quality } = call
  if (request.n !== 1) throw unsendable(provider, 'one picture per call')
  if (request.steps !== null || request.mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no steps, mode or quality on this wire')
  const made = request.operation === 'generate' ? generation(call) : pictureCall(call)
  if (request.seed !== null) made.form.append('seed', String(request.seed))
  made.form.append('output_format', askedFormat(call.spec, request))
  return made
}

function pictureCall(call: Call): StabilityForm {
  if (call.request.operation === 'variation') return imageToImage(call)
  const made = edit(call)
  if (call.spec.wire.edit_model !== undefined) made.form.append('model', call.spec.wire.edit_model)
  return made
}

function generation({ spec, request }: Call): StabilityForm {
  const sizes = spec.operations.generate?.sizes
  const aspect = sizes?.kind === 'list' ? sizes.names?.[`${request.width}x${request.height}`] : undefined
  if (aspect === undefined)
    throw unsendable(provider, `no aspect ratio for ${request.width}x${request.height}`)
  const form = formOf({ prompt: request.prompt, aspect_ratio: aspect, ...modelField(spec.wire) })
  return { path: endpoint(spec.wire), form }
}

/** A variation: the picture itself is the start, and `strength` says how far to move away from it. */
function imageToImage(call: Call): StabilityForm {
  const { wire } = call.spec
  const path = endpoint(wire)
  const fields = { prompt: sentPrompt(call.request), strength: wire.strength ?? '0.6', ...modelField(wire) }
  const form = formOf(path === 'generate/sd3' ? { ...fields, mode: 'image-to-image' } : fields)
  appendPicture(form, 'image', call, 0)
  return { path, form }
}

function edit(call: Call): StabilityForm {
  const { request } = call
  switch (request.editKind ?? (call.mask ? 'inpaint' : 'edit')) {
    case 'inpaint':
      return { path: 'edit/inpaint', form: maskedForm(call, { prompt: request.prompt }) }
    case 'erase':
      // What is erased is the mask's business: the endpoint takes no prompt.
      return { path: 'edit/erase', form: maskedForm(call, {}) }
    case 'outpaint': {
      const form = formOf({ ...growth(request), ...promptField(request) })
      appendPicture(form, 'image', call, 0)
      return { path: 'edit/outpaint', form }
    }
    case 'style-transfer': {
      const form = formOf(promptField(request))
      appendPicture(form, 'init_image', call, 0)
      appendPicture(form, 'style_image', call, 1)
      return { path: 'control/style-transfer', form }
    }
    default:
      throw unsendable(provider, `no edit of kind ${request.editKind}`)
  }
}

/** Our canonical mask is Stability's own: white = edit, grey = partly. */
function maskedForm(call: Call, fields: Record<string, string>): FormData {
  const form = formOf(fields)
  appendPicture(form, 'image', call, 0)
  if (call.mask) form.append('mask', pictureBlob(call.mask, 'png'))
  return form
}

/** The asked size is the canvas, with the picture in its middle. */
function growth(request: ImageRequest): Record<string, string> {
  const picture = request.images[0]
  const x = request.width - (picture?.width ?? request.width)
  const y = request.height - (picture?.height ?? request.height)
  if (x < 0 || y < 0 || x + y === 0)
    throw failure(provider, 'invalid_request', {
      billed: 'no',
      cause: new Error('outpaint needs a size larger than the picture'),
    })
  const [left, up] = [Math.floor(x / 2), Math.floor(y / 2)]
  return { left: String(left), right: String(x - left), up: String(up), down: String(y - up) }
}

function promptField(request: ImageRequest): Record<string, string> {
  return request.prompt.trim() === '' ? {} : { prompt: request.prompt }
}

function appendPicture(form: FormData, field: string, call: Call, index: number): void {
  const bytes = call.images[index]
  if (bytes === undefined)
    throw failure(provider, 'invalid_request', { billed: 'no', cause: new Error(`no picture for ${field}`) })
  form.append(field, pictureBlob(bytes, call.request.images[index]?.format ?? 'png'))
}

function endpoint(wire: Record<string, string>): string {
  if (wire.endpoint === undefined) throw unsendable(provider, 'the catalogue names no endpoint')
  return wire.endpoint
}

function modelField(wire: Record<string, string>): Record<string, string> {
  return wire.model === undefined ? {} : { model: wire.model }
}

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}
