import { decode } from '../art/pixels.ts'
import type { Simulation } from '../simulation.ts'
import type { ImageTask } from './answer-images.ts'
import type { EditInputs, InputImage } from './edit-inputs.ts'
import { badRequest } from './errors.ts'
import { type OpenaiModel, sizeFault, threeSizes } from './models.ts'
import { checkTogether, type EditRequest, generationSchema, parseBody, soldModel } from './request.ts'
import { inputImageTokens, outputTokens, type Quality, textTokens, usageOf } from './tokens.ts'

/** What `auto` resolves to: the dearest, so that nobody who left the choice to the provider budgets too little. */
const autoQuality: Quality = 'high'

/** A generation's body, checked and resolved. Throws OpenAI's 400 or 404. */
export function generationTask({ artist, prices }: Simulation, given: unknown): ImageTask {
  const body = parseBody(generationSchema, given)
  const model = soldModel(prices, body.model)
  checkTogether(model, body)
  const { width, height } = pixelsOf(body.size === 'auto' ? '1024x1024' : body.size)
  const quality = body.quality === 'auto' ? autoQuality : body.quality
  const out = outputTokens(model, quality, width, height) * body.n
  const transparent = body.background === 'transparent'
  const look = {
    format: body.output_format,
    quality: body.output_compression,
    transparent,
    prompt: body.prompt,
  }
  return {
    ...look,
    model,
    operation: 'generate' as const,
    n: body.n,
    width,
    height,
    quality,
    turbo: body.mode === 'turbo',
    partials: partialsOf(body),
    usage: usageOf({ text: textTokens(body.prompt), imagesIn: 0, out }),
    draw: (i: number) =>
      artist.make({ ...look, provider: 'openai', model: model.id, width, height, seed: `${i}` }),
  }
}

/** The same for an edit. */
export function editTask(
  { artist, prices }: Simulation,
  { request: body, images, strength }: EditInputs,
): ImageTask {
  const model = soldModel(prices, body.model)
  if (!model.edits) throw badRequest(`The model ${model.id} does not support edits.`, 'model')
  checkTogether(model, body)
  const { width, height } = pixelsOf(body.size === 'auto' ? autoEditSize(model, images[0]) : body.size)
  const quality = body.quality === 'auto' ? autoQuality : body.quality
  const look = { format: body.output_format, quality: body.output_compression, prompt: body.prompt }
  return {
    ...look,
    model,
    operation: 'edit' as const,
    n: body.n,
    width,
    height,
    quality,
    transparent: body.background === 'transparent',
    turbo: false,
    partials: partialsOf(body),
    usage: usageOf({
      text: textTokens(body.prompt),
      imagesIn: imageTokensIn(images, body),
      out: outputTokens(model, quality, width, height) * body.n,
    }),
    draw: async (i: number) => {
      const [first] = images
      const same = first.width === width && first.height === height
      const input = await decode(first.file, same ? undefined : { width, height })
      const scaled = strength && !same ? stretch(strength, first, { width, height }) : strength
      return artist.edit({
        ...look,
        provider: 'openai',
        model: model.id,
        input,
        strength: scaled,
        seed: `${i}`,
      })
    },
  }
}

function pixelsOf(size: string): { width: number; height: number } {
  const [width = 0, height = 0] = size.split('x').map(Number)
  return { width, height }
}

/** How many partial pictures a stream is to have; null = no stream. */
function partialsOf({ stream, partial_images = 0 }: EditRequest): number | null {
  return stream ? partial_images : null
}

/** The input's own size where the model makes it, else the nearest of the three usual shapes. */
function autoEditSize(model: OpenaiModel, { width, height }: InputImage): string {
  const own = `${width}x${height}`
  if (sizeFault(model, own) === null) return own
  const [square, tall, wide] = threeSizes
  return width > height * 1.2 ? wide : height > width * 1.2 ? tall : square
}

function imageTokensIn(images: readonly InputImage[], { input_fidelity }: EditRequest): number {
  return images.reduce((sum, image, i) => {
    const highFidelity = i === 0 && input_fidelity === 'high'
    return sum + inputImageTokens(image.width, image.height, highFidelity)
  }, 0)
}

/** A mask for another size, nearest pixel; the picture is cropped to cover, so the mask is cropped alike. */
function stretch(
  strength: Uint8Array,
  from: { width: number; height: number },
  to: { width: number; height: number },
): Uint8Array {
  const scale = Math.min(from.width / to.width, from.height / to.height)
  const left = (from.width - to.width * scale) / 2
  const top = (from.height - to.height * scale) / 2
  const result = new Uint8Array(to.width * to.height)
  for (let y = 0; y < to.height; y++) {
    const row = Math.min(from.height - 1, Math.floor(top + (y + 0.5) * scale)) * from.width
    for (let x = 0; x < to.width; x++)
      result[y * to.width + x] =
        strength[row + Math.min(from.width - 1, Math.floor(left + (x + 0.5) * scale))] ?? 0
  }
  return result
}
