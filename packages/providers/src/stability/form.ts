import { askedFormat } from '../asked-format.ts'
import { unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import { sentPrompt } from '../sent-prompt.ts'
import { appendPicture, editForm } from './edits.ts'

const provider = 'Stability'

export interface StabilityForm {
  /** Below /v2beta/stable-image/. */
  path: string
  form: FormData
}

/** The one request that asks for exactly what the call asks for; throws `provider_config` where the wire has no words for it. */
export async function stabilityForm(call: Call): Promise<StabilityForm> {
  const { request, quality } = call
  if (request.n !== 1) throw unsendable(provider, 'one picture per call')
  if (request.steps !== null || request.mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no steps, mode or quality on this wire')
  const made = request.operation === 'generate' ? generation(call) : await pictureCall(call)
  if (request.seed !== null) made.form.append('seed', String(request.seed))
  made.form.append('output_format', askedFormat(call.spec, request))
  return made
}

async function pictureCall(call: Call): Promise<StabilityForm> {
  if (call.request.operation === 'variation') return imageToImage(call)
  const made = await editForm(call)
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
