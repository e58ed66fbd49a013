import { AppError, type ImageFormat } from '@halftone/contracts'
import sharp from 'sharp'
import { decodeLimits, inspect } from './inspect-image.ts'

/**
 * The same picture in another format. Only from a lossless one, for a second lossy coding shows; a picture that has the
 * format already is handed back as it is. Throws `impossible` where the source is lossy, `invalid_request` as `inspectImage`.
 */
export async function transcode(bytes: Uint8Array, format: ImageFormat): Promise<Uint8Array> {
  const { container } = await inspect(bytes)
  if (container.format === format) return bytes
  if (!container.lossless)
    throw new AppError('impossible', `A lossy ${container.format} cannot become a ${format} without loss`, {
      field: '/format',
      limit: container.format,
      next: `Ask for "${container.format}", or leave the format out.`,
    })
  const image = sharp(bytes, decodeLimits).keepIccProfile()
  switch (format) {
    case 'png':
      return image.png({ compressionLevel: 6 }).toBuffer()
    case 'webp':
      return image.webp({ lossless: true }).toBuffer()
    case 'jpeg':
      return image.flatten({ background: '#ffffff' }).jpeg({ quality: 92 }).toBuffer()
  }
}
