import sharp from 'sharp'

interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** A noisy opaque picture, so that a changed pixel shows. */
export function photo(width: number, height: number): Promise<Buffer> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251)
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

/** Black with a white box. */
export function greyMask(width: number, height: number, box: Box, level = 255): Promise<Buffer> {
  const data = Uint8Array.from({ length: width * height }, (_, i) =>
    inside(i % width, Math.floor(i / width), box) ? level : 0,
  )
  return sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}

/** Opaque with a box that is fully transparent. */
export function alphaMask(width: number, height: number, box: Box): Promise<Buffer> {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const pixel = i >> 2
    return i % 4 === 3 && inside(pixel % width, Math.floor(pixel / width), box) ? 0 : 255
  })
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer()
}

/** How many pixels differ inside and outside of a box. */
export async function changedPixels(before: Uint8Array, after: Uint8Array, box: Box) {
  const [a, b] = await Promise.all([rgb(before), rgb(after)])
  const changed = { inside: 0, outside: 0 }
  for (let pixel = 0; pixel < a.width * a.height; pixel++) {
    const same = [0, 1, 2].every((channel) => a.data[pixel * 3 + channel] === b.data[pixel * 3 + channel])
    if (!same) changed[inside(pixel % a.width, Math.floor(pixel / a.width), box) ? 'inside' : 'outside'] += 1
  }
  return changed
}

export async function sizeOf(
  picture: Uint8Array,
): Promise<{ width: number; height: number; format: string }> {
  const { width, height, format } = await sharp(picture).metadata()
  return { width, height, format: format ?? '' }
}

async function rgb(picture: Uint8Array) {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

function inside(x: number, y: number, { left, top, width, height }: Box): boolean {
  return x >= left && x < left + width && y >= top && y < top + height
}
