import sharp from 'sharp'

// The simulator shares two cores with everything that it is there to test.
sharp.concurrency(1)
sharp.cache(false)

export const formats = ['png', 'jpeg', 'webp'] as const
export type Format = (typeof formats)[number]

/** A decoded picture: rows of 3 (RGB) or 4 (RGBA) bytes a pixel. */
export interface Pixels {
  width: number
  height: number
  channels: 3 | 4
  data: Uint8Array
}

/** What the head of an image file says, without decoding it. */
export interface ImageFacts {
  format: string
  width: number
  height: number
  hasAlpha: boolean
}

const pixelsMax = 100_000_000

/** Null = these bytes are no picture that we can read. */
export async function readFacts(file: Uint8Array): Promise<ImageFacts | null> {
  try {
    const { format, width, height, hasAlpha } = await sharp(file, { limitInputPixels: pixelsMax }).metadata()
    return format && width && height ? { format, width, height, hasAlpha: hasAlpha === true } : null
  } catch {
    return null
  }
}

/** Decodes to RGB, or RGBA if the file has alpha; resized to cover `size` when it is another. */
export async function decode(file: Uint8Array, size?: { width: number; height: number }): Promise<Pixels> {
  let image = sharp(file, { limitInputPixels: pixelsMax }).toColourspace('srgb')
  if (size) image = image.resize(size.width, size.height, { fit: 'cover' })
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: info.channels === 4 ? 4 : 3, data }
}

/** So many times as wide and high. */
export async function enlarge(pixels: Pixels, factor: number): Promise<Pixels> {
  const [width, height] = [pixels.width * factor, pixels.height * factor]
  const data = await open(pixels).resize(width, height, { fit: 'fill' }).raw().toBuffer()
  return { ...pixels, width, height, data }
}

/** One byte a pixel: the brightness of the file, or with `of: 'alpha'` its opacity. Stretched to `size` without blending. */
export async function decodeChannel(
  file: Uint8Array,
  of: 'grey' | 'alpha',
  size: { width: number; height: number },
): Promise<Uint8Array> {
  const image = sharp(file, { limitInputPixels: pixelsMax })
  const channel =
    of === 'alpha'
      ? image.ensureAlpha().extractChannel('alpha')
      : image.flatten({ background: '#000' }).toColourspace('b-w').extractChannel(0)
  return channel
    .resize(size.width, size.height, { fit: 'fill', kernel: 'nearest' })
    .raw({ depth: 'uchar' })
    .toBuffer()
}

function open({ data, width, height, channels }: Pixels) {
  return sharp(data, { raw: { width, height, channels } })
}

export async function blur(pixels: Pixels, sigma: number): Promise<Pixels> {
  return { ...pixels, data: await open(pixels).blur(sigma).raw().toBuffer() }
}

/** Encodes fast rather than small: level 1, effort 0. PNG keeps every pixel. */
export function encode(pixels: Pixels, format: Format, quality = 88): Promise<Buffer> {
  if (format === 'png') return open(pixels).png({ compressionLevel: 1 }).toBuffer()
  if (format === 'jpeg') return open(pixels).flatten({ background: '#fff' }).jpeg({ quality }).toBuffer()
  return open(pixels).webp({ quality, effort: 0 }).toBuffer()
}

/** Lays RGBA pixels over a picture at (left, top); where `strength` is given, only as much as it says (0..255). */
export function lay(
  onto: Pixels,
  strip: { left: number; top: number; width: number; height: number; rgba: Uint8Array },
  strength?: Uint8Array,
): void {
  const { data, width, channels } = onto
  for (let y = 0; y < strip.height; y++) {
    for (let x = 0; x < strip.width; x++) {
      const from = (y * strip.width + x) * 4
      const at = (y + strip.top) * width + x + strip.left
      const share = (((strip.rgba[from + 3] ?? 0) / 255) * (strength?.[at] ?? 255)) / 255
      if (share === 0) continue
      for (let channel = 0; channel < 3; channel++) {
        const under = data[at * channels + channel] ?? 0
        data[at * channels + channel] = Math.round(
          under + ((strip.rgba[from + channel] ?? 0) - under) * share,
        )
      }
    }
  }
}
