import sharp from 'sharp'

const side = 1024

export function plainPicture(colour: string): Promise<Buffer> {
  const create = { width: side, height: side, channels: 3, background: colour } as const
  return sharp({ create }).png().toBuffer()
}

/** A mask with exactly so many white pixels, which are the ones to be painted anew. */
export function maskOf(pixels: number): Promise<Buffer> {
  const grey = Buffer.alloc(side * side)
  grey.fill(255, 0, pixels)
  return sharp(grey, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer()
}
