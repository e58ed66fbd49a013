import { decode, decodeChannel, type Pixels, readFacts } from '../art/pixels.ts'
import { readInputFile } from '../input-file.ts'
import { invalid } from './errors.ts'
import type { Plan, Size } from './models.ts'

/** The pictures of a task, decoded to what is needed of them. */
export interface Inputs {
  sizes: Size[]
  picture: Buffer | null
  mask: Buffer | null
}

const bytesMax = 20 * 1024 * 1024

/** Reads base64, or fetches URLs. Throws the provider's 422 where that gives no picture, or a mask of another size. */
export async function readInputs({ images, mask }: Plan): Promise<Inputs> {
  const files = await Promise.all(images.map((image) => readPicture(image, 'image')))
  const sizes = files.map(({ width, height }) => ({ width, height }))
  const [first] = files
  const masked = mask === null ? null : await readPicture(mask, 'mask')
  if (masked && (masked.width !== first?.width || masked.height !== first.height))
    throw invalid([{ field: 'mask', message: 'Mask and image must have the same dimensions' }])
  return { sizes, picture: first?.file ?? null, mask: masked?.file ?? null }
}

async function readPicture(text: string, field: string) {
  const isUrl = /^(https?:|data:)/i.test(text)
  const file = isUrl ? await readInputFile(text, bytesMax) : Buffer.from(text, 'base64')
  const facts = file && (await readFacts(file))
  if (!file || !facts) throw invalid([{ field, message: 'Could not read the image' }])
  return { file, width: facts.width, height: facts.height }
}

export function outputSize({ size, sides }: Plan, { sizes }: Inputs): Size {
  const [input] = sizes
  if (size) return size
  const { width, height } = input ?? { width: 1_024, height: 1_024 }
  if (sides) return { width: width + sides.left + sides.right, height: height + sides.top + sides.bottom }
  return { width, height }
}

/** White in the mask is repainted; without one the picture's own clear pixels are, or all of it. */
export async function strengthOf({ picture, mask }: Inputs, input: Pixels): Promise<Uint8Array | null> {
  if (mask) return decodeChannel(mask, 'grey', input)
  if (!picture || input.channels === 3) return null
  return (await decodeChannel(picture, 'alpha', input)).map((opacity) => 255 - opacity)
}

/** The picture on its larger canvas, of which the new part is to be painted. */
export async function onCanvas(
  picture: Buffer,
  sides: NonNullable<Plan['sides']>,
): Promise<{ input: Pixels; strength: Uint8Array }> {
  const inner = await decode(picture)
  const { channels } = inner
  const width = inner.width + sides.left + sides.right
  const height = inner.height + sides.top + sides.bottom
  const data = new Uint8Array(width * height * channels)
  const strength = new Uint8Array(width * height).fill(255)
  for (let y = 0; y < inner.height; y++) {
    const to = (y + sides.top) * width + sides.left
    const from = y * inner.width
    data.set(inner.data.subarray(from * channels, (from + inner.width) * channels), to * channels)
    strength.fill(0, to, to + inner.width)
  }
  return { input: { width, height, channels, data }, strength }
}
