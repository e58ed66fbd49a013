import type { ImageRequest, ModelSpec, Sizes } from '@halftone/contracts'

type OperationSpec = NonNullable<ModelSpec['operations']['edit']>
type KindSpec = NonNullable<OperationSpec['by_kind']>[string]

const lacks = {
  generate: 'does not generate',
  edit: 'does not edit',
  variation: 'makes no variations',
} as const

/** Why the model cannot do exactly this; null if it can. Nothing that is asked for is ever dropped or scaled. */
export function cannotMake(spec: ModelSpec, request: ImageRequest): string | null {
  const whole = spec.operations[request.operation]
  if (!whole) return lacks[request.operation]
  const kind = editKind(request)
  const operation = { ...whole, ...(kind === null ? null : whole.by_kind?.[kind]) }
  return (
    kindFault(operation, kind) ??
    pictureFault(operation, request) ??
    selectFault(operation, request) ??
    sizeFault(operation.sizes, request) ??
    countFault(operation, request) ??
    settingFault(spec, request) ??
    formatFault(operation.formats, spec, request)
  )
}

function kindFault(operation: OperationSpec, kind: string | null): string | null {
  if (kind === null || !operation.edit_kinds || operation.edit_kinds.includes(kind)) return null
  return kind === 'edit' ? 'does not edit by words alone' : `does no ${kind}`
}

function selectFault({ select = false }: KindSpec, { selectPrompt }: ImageRequest): string | null {
  if (Boolean(selectPrompt) === select) return null
  return select ? 'needs a select_prompt: what to look for' : 'takes no select_prompt'
}

/** An edit with a mask is an inpaint unless it says otherwise; one with neither is an edit by words alone. */
function editKind(request: ImageRequest): string | null {
  if (request.operation !== 'edit') return null
  return request.editKind ?? (hasMask(request) ? 'inpaint' : 'edit')
}

function hasMask(request: ImageRequest): boolean {
  return request.mask !== null || request.maskTemplate !== null
}

function pictureFault(
  needs: Pick<OperationSpec, 'mask' | 'images_max'> & { images_min?: number },
  request: ImageRequest,
): string | null {
  const count = request.images.length
  if (hasMask(request) && needs.mask === 'none') return 'takes no mask'
  if (!hasMask(request) && needs.mask === 'required') return 'needs a mask'
  if (count > needs.images_max) return `takes ${needs.images_max} input pictures at most, ${count} are given`
  if (count < (needs.images_min ?? 0)) return `needs ${needs.images_min} input pictures, ${count} are given`
  return null
}

function countFault(operation: OperationSpec, { n }: ImageRequest): string | null {
  if (n <= operation.n_max) return null
  return operation.n_max === 1
    ? 'makes one image per call'
    : `makes ${operation.n_max} images per call at most`
}

function settingFault(spec: ModelSpec, request: ImageRequest): string | null {
  const { quality, steps, mode } = request
  if (quality !== 'auto' && !spec.qualities.includes(quality)) return `has no quality "${quality}"`
  if (request.seed !== null && !spec.seed) return 'has no seed'
  if (steps !== null && !spec.steps) return 'has no steps setting'
  if (steps !== null && spec.steps && (steps < spec.steps.min || steps > spec.steps.max))
    return `takes ${spec.steps.min} to ${spec.steps.max} steps, ${steps} are asked for`
  if (!spec.modes.includes(mode)) return `has no ${mode} mode`
  const { background, moderation, inputFidelity } = request
  if (background && !spec.backgrounds?.includes(background)) return `has no ${background} background`
  if (moderation && !spec.moderations?.includes(moderation)) return `has no ${moderation} moderation`
  if (inputFidelity && !spec.input_fidelities?.includes(inputFidelity))
    return `has no ${inputFidelity} input fidelity`
  if (request.prompt.length > spec.prompt_max_chars)
    return `takes prompts of ${spec.prompt_max_chars} characters at most`
  return null
}

function formatFault(
  own: KindSpec['formats'],
  spec: ModelSpec,
  { format, outputCompression }: ImageRequest,
): string | null {
  if (format === null) return null
  if (typeof outputCompression === 'number' && !spec.compression?.includes(format))
    return `has no compression setting for ${format}`
  // What a model lacks can be made from a lossless answer, and only from one.
  const fits = own ? own.includes(format) : spec.formats.includes(format) || spec.formats.includes('png')
  return fits ? null : `answers in ${(own ?? spec.formats).join(', ')} only`
}

/** Whether a model answers in this size; one that answers in the size of its input does, given such an input. */
export function makesSize(sizes: Sizes, { width, height }: { width: number; height: number }): boolean {
  switch (sizes.kind) {
    case 'list':
      return sizes.list.includes(`${width}x${height}`)
    case 'range':
      return rangeFault(sizes, width, height) === null
    case 'same_as_input':
      return Math.min(width, height) >= sizes.min_edge && width * height <= sizes.max_pixels
  }
}

function sizeFault(sizes: Sizes, request: ImageRequest): string | null {
  const fault = faultOf(sizes, request)
  return fault && `cannot make ${request.width}x${request.height}: ${fault}`
}

function faultOf(sizes: Sizes, request: ImageRequest): string | null {
  const { width, height } = request
  switch (sizes.kind) {
    case 'list':
      return sizes.list.includes(`${width}x${height}`) ? null : `only ${someOf(sizes.list)}`
    case 'range':
      return rangeFault(sizes, width, height)
    case 'same_as_input':
      return inputFault(sizes, request)
  }
}

function someOf(list: readonly string[]): string {
  return list.length <= 4 ? list.join(', ') : `${list.slice(0, 3).join(', ')} and ${list.length - 3} more`
}

function rangeFault(sizes: Extract<Sizes, { kind: 'range' }>, width: number, height: number): string | null {
  const [short, long] = width < height ? [width, height] : [height, width]
  const pixels = width * height
  if (short % sizes.multiple_of || long % sizes.multiple_of)
    return `edges are multiples of ${sizes.multiple_of}`
  if (short < sizes.min_edge || long > sizes.max_edge)
    return `edges are from ${sizes.min_edge} to ${sizes.max_edge} pixels`
  if (pixels < (sizes.min_pixels ?? 0)) return `at least ${sizes.min_pixels} pixels`
  if (pixels > (sizes.max_pixels ?? pixels)) return `at most ${sizes.max_pixels} pixels`
  if (long > short * (sizes.max_ratio ?? long)) return `ratio up to ${sizes.max_ratio}:1`
  return null
}

function inputFault(sizes: Extract<Sizes, { kind: 'same_as_input' }>, request: ImageRequest): string | null {
  const { width, height } = request
  const input = request.images[0]
  if (!input) return 'it needs an input picture'
  const { factor = 1 } = sizes
  const grown = width >= input.width && height >= input.height && width * height > input.width * input.height
  if (editKind(request) === 'outpaint') {
    if (!grown) return `an outpaint is larger than its input of ${input.width}x${input.height}`
  } else if (width !== input.width * factor || height !== input.height * factor)
    return factor === 1
      ? `it answers in the size of the input, ${input.width}x${input.height}`
      : `it answers in ${factor} times the size of the input, ${input.width * factor}x${input.height * factor}`
  if (Math.min(input.width, input.height) < sizes.min_edge) return `edges from ${sizes.min_edge} pixels`
  const pixels = (width * height) / factor ** 2
  return pixels > sizes.max_pixels
    ? `at most ${sizes.max_pixels} pixels${factor > 1 ? ' of input' : ''}`
    : null
}
