import { decode, decodeChannel, type Pixels, readFacts } from '../art/pixels.ts'
import { type Form, fileOf } from '../form.ts'
import { badRequest } from './errors.ts'

interface Bounds {
  edgeMin: number
  pixelsMin: number
  pixelsMax: number
}

const usualBounds: Bounds = { edgeMin: 64, pixelsMin: 4_096, pixelsMax: 9_437_184 }

/** An input picture, checked as documented: jpeg, png or webp, each side at least 64, 4,096 to 9,437,184 pixels. */
export async function readImage(form: Form, name: string, bounds = usualBounds): Promise<Buffer> {
  const { edgeMin, pixelsMin, pixelsMax } = bounds
  const file = fileOf(form, name)
  if (!file) throw badRequest(`${name}: required`)
  const facts = await readFacts(file)
  if (!facts || !['jpeg', 'png', 'webp'].includes(facts.format))
    throw badRequest(`${name}: unsupported image format`)
  const { width, height } = facts
  if (Math.min(width, height) < edgeMin)
    throw badRequest(`${name}: each side must be at least ${edgeMin} pixels`)
  if (width * height < pixelsMin || width * height > pixelsMax)
    throw badRequest(`${name}: must have between ${pixelsMin} and ${pixelsMax} pixels`)
  return file
}

export interface MaskedImage {
  input: Pixels
  /** Per pixel 0 = keep, 255 = repaint fully, between = in part. */
  strength: Uint8Array
  maskedPixels: number
}

/** From this strength on, a pixel counts as masked where masked pixels are what is paid for. */
const maskedFrom = 128

/**
 * Reads `image` and what is to be repainted of it. White in `mask` is repainted, grey in part; a mask of another size
 * is stretched without a word. Without a mask the image's own transparent pixels are; with both, the mask wins.
 */
export async function readMaskedImage(form: Form): Promise<MaskedImage> {
  const file = await readImage(form, 'image')
  const input = await decode(file)
  const mask = fileOf(form, 'mask')
  if (mask && !(await readFacts(mask))) throw badRequest('mask: unsupported image format')
  if (!mask && input.channels === 3) throw badRequest('mask: required when the image has no alpha channel')
  const strength = mask
    ? await decodeChannel(mask, 'grey', input)
    : (await decodeChannel(file, 'alpha', input)).map((opacity) => 255 - opacity)
  return {
    input,
    strength,
    maskedPixels: strength.reduce((sum, value) => sum + (value >= maskedFrom ? 1 : 0), 0),
  }
}

/** The picture on a larger canvas, of which only the new part is to be painted. */
export function widen(
  input: Pixels,
  by: { left: number; right: number; up: number; down: number },
): MaskedImage {
  const { channels } = input
  const width = input.width + by.left + by.right
  const height = input.height + by.up + by.down
  const data = new Uint8Array(width * height * channels)
  const strength = new Uint8Array(width * height).fill(255)
  for (let y = 0; y < input.height; y++) {
    const to = (y + by.up) * width + by.left
    const row = input.data.subarray(y * input.width * channels, (y + 1) * input.width * channels)
    data.set(row, to * channels)
    strength.fill(0, to, to + input.width)
  }
  return {
    input: { width, height, channels, data },
    strength,
    maskedPixels: width * height - input.width * input.height,
  }
}
