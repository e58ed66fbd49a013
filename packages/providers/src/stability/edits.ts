import type { ImageRequest, ModelSpec } from '@halftone/contracts'
import { failure, unsendable } from '../failure.ts'
import type { Call } from '../image-provider.ts'
import type { MaskForm } from '../mask/mask-form.ts'
import { wireMask } from '../mask/wire-mask.ts'
import { pictureBlob } from '../multipart.ts'

const provider = 'Stability'

/** Grey is painted in part; a mask wins over the picture's own transparency. */
export const stabilityMask: MaskForm = { edits: 'white', levels: 'soft' }

interface EditKind {
  /** Below /v2beta/stable-image/. */
  path: string
  /** The fields that the input pictures go into, in order. */
  pictures: readonly [string, ...string[]]
  mask?: true
  fields?(request: ImageRequest, spec: ModelSpec): Record<string, string>
}

/** Every kind of edit that is one call. The creative upscale and the relighting are asynchronous and not among them. */
const editKinds: Record<string, EditKind> = {
  inpaint: { path: 'edit/inpaint', pictures: ['image'], mask: true, fields: withPrompt },
  // What is erased is the mask's business: the endpoint takes no prompt.
  erase: { path: 'edit/erase', pictures: ['image'], mask: true },
  outpaint: {
    path: 'edit/outpaint',
    pictures: ['image'],
    fields: (request) => ({ ...growth(request), ...withPrompt(request) }),
  },
  'search-and-replace': {
    path: 'edit/search-and-replace',
    pictures: ['image'],
    fields: (request) => ({ ...withPrompt(request), search_prompt: selected(request) }),
  },
  'search-and-recolor': {
    path: 'edit/search-and-recolor',
    pictures: ['image'],
    fields: (request) => ({ ...withPrompt(request), select_prompt: selected(request) }),
  },
  'remove-background': { path: 'edit/remove-background', pictures: ['image'] },
  'style-transfer': {
    path: 'control/style-transfer',
    pictures: ['init_image', 'style_image'],
    fields: withPrompt,
  },
  'style-guide': {
    path: 'control/style',
    pictures: ['image'],
    fields: (request, spec) => ({ ...withPrompt(request), ...aspectRatio(request, spec) }),
  },
  structure: { path: 'control/structure', pictures: ['image'], fields: withPrompt },
  sketch: { path: 'control/sketch', pictures: ['image'], fields: withPrompt },
  upscale: { path: 'upscale/fast', pictures: ['image'] },
}

/** Which endpoints take no seed. */
const seedless = ['remove-background', 'upscale']

/** The request for one edit, but for format and seed. Throws `provider_config` where there is no endpoint for it. */
export async function editForm(call: Call): Promise<{ path: string; form: FormData }> {
  const { request } = call
  const name = request.editKind ?? (call.mask ? 'inpaint' : 'edit')
  const kind = Object.hasOwn(editKinds, name) ? editKinds[name] : undefined
  if (!kind) throw unsendable(provider, `no edit of kind ${name}`)
  if (request.seed !== null && seedless.includes(name)) throw unsendable(provider, `no seed for ${name}`)
  if (call.mask && !kind.mask) throw unsendable(provider, `no mask for ${name}`)
  if (call.images.length > kind.pictures.length)
    throw unsendable(provider, `${kind.pictures.length} picture(s) for ${name}`)
  const form = new FormData()
  for (const [field, value] of Object.entries(kind.fields?.(request, call.spec) ?? {}))
    form.append(field, value)
  kind.pictures.forEach((field, index) => {
    appendPicture(form, field, call, index)
  })
  if (call.mask) form.append('mask', pictureBlob(await wireMask(provider, call.mask, stabilityMask), 'png'))
  return { path: kind.path, form }
}

export function appendPicture(form: FormData, field: string, call: Call, index: number): void {
  const bytes = call.images[index]
  if (bytes === undefined) throw badRequest(`no picture for ${field}`)
  form.append(field, pictureBlob(bytes, call.request.images[index]?.format ?? 'png'))
}

function withPrompt({ prompt }: ImageRequest): Record<string, string> {
  return prompt.trim() === '' ? {} : { prompt }
}

function selected({ selectPrompt }: ImageRequest): string {
  if (!selectPrompt) throw badRequest('nothing says what to look for')
  return selectPrompt
}

/** The only kind whose answer has a size of its own. */
function aspectRatio({ width, height }: ImageRequest, spec: ModelSpec): Record<string, string> {
  const sizes = spec.operations.edit?.by_kind?.['style-guide']?.sizes
  const name = sizes?.kind === 'list' ? sizes.names?.[`${width}x${height}`] : undefined
  if (name === undefined) throw unsendable(provider, `no aspect ratio for ${width}x${height}`)
  return { aspect_ratio: name }
}

/** The asked size is the canvas, with the picture in its middle. */
function growth(request: ImageRequest): Record<string, string> {
  const picture = request.images[0]
  const x = request.width - (picture?.width ?? request.width)
  const y = request.height - (picture?.height ?? request.height)
  if (x < 0 || y < 0 || x + y === 0) throw badRequest('outpaint needs a size larger than the picture')
  const [left, up] = [Math.floor(x / 2), Math.floor(y / 2)]
  return { left: String(left), right: String(x - left), up: String(up), down: String(y - up) }
}

function badRequest(why: string): Error {
  return failure(provider, 'invalid_request', { billed: 'no', cause: new Error(why) })
}
