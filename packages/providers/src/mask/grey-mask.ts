import sharp from 'sharp'

/** A mask as numbers: one byte a pixel, 255 = edit. */
export interface GreyMask {
  width: number
  height: number
  values: Uint8Array
}

/** From here on a pixel is edited, and billed. */
const editFrom = 128

export async function readMask(png: Uint8Array): Promise<GreyMask> {
  const { data, info } = await sharp(png)
    .toColourspace('b-w')
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, values: data }
}

export function isHard({ values }: GreyMask): boolean {
  return values.every((value) => value === 0 || value === 255)
}

/** Two levels: edit or not. */
export function hardened(mask: GreyMask): GreyMask {
  return { ...mask, values: mask.values.map((value) => (value >= editFrom ? 255 : 0)) }
}

export function inverted(mask: GreyMask): GreyMask {
  return { ...mask, values: mask.values.map((value) => 255 - value) }
}

/** Another size by the nearest pixel: no level appears that was not there. */
export function resized(mask: GreyMask, size: { width: number; height: number }): GreyMask {
  const { width, height } = size
  const values = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * mask.height) / height) * mask.width
    for (let x = 0; x < width; x++)
      values[y * width + x] = mask.values[row + Math.floor(((x + 0.5) * mask.width) / width)] ?? 0
  }
  return { width, height, values }
}

export function greyPng({ width, height, values }: GreyMask): Promise<Buffer> {
  return sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 9 })
    .toBuffer()
}

/** Black, and transparent where it is to be edited. */
export function alphaPng({ width, height, values }: GreyMask): Promise<Buffer> {
  const rgba = Buffer.alloc(width * height * 4)
  for (let pixel = 0; pixel < values.length; pixel++) rgba[pixel * 4 + 3] = 255 - (values[pixel] ?? 0)
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 9 })
    .toBuffer()
}
