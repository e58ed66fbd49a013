import sharp from 'sharp'

/** Our mask says "edit" by white; OpenAI's by full transparency (alpha 0). Half and more counts as edit, as in the bill. */
export async function alphaMask(canonical: Uint8Array): Promise<Uint8Array> {
  const grey = await sharp(canonical).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = grey.info
  const rgba = Buffer.alloc(width * height * 4)
  for (let pixel = 0; pixel < width * height; pixel++) {
    rgba[pixel * 4 + 3] = (grey.data[pixel * channels] ?? 0) >= 128 ? 0 : 255
  }
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 6 })
    .toBuffer()
}
