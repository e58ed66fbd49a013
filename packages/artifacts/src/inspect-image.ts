import { AppError, type AppErrorDetail, limits } from '@halftone/contracts'
import sharp, { type Metadata } from 'sharp'
import type { ImageFacts } from './artifacts.ts'
import { type Container, readContainer } from './container.ts'

/** Handed to every sharp that sees foreign bytes: more pixels are refused before memory is spent on them. */
export const decodeLimits = { limitInputPixels: limits.imagePixels, failOn: 'warning' } as const

export interface Inspected {
  facts: ImageFacts
  container: Container
  /** EXIF asks for a turn or a flip. `facts` are those of the upright picture. */
  turned: boolean
  hasAlpha: boolean
}

/**
 * What a picture really is, by its content and not its name. Reads the header only.
 * Throws `invalid_request` with the bound and the cure for whatever is not a still PNG, JPEG or WebP within the limits.
 */
export async function inspectImage(bytes: Uint8Array): Promise<ImageFacts> {
  return (await inspect(bytes)).facts
}

export async function inspect(bytes: Uint8Array): Promise<Inspected> {
  if (bytes.byteLength > limits.fileBytes)
    throw refused(`The file is ${bytes.byteLength} bytes`, {
      limit: limits.fileBytes,
      next: 'Send a smaller file.',
    })
  const container = readContainer(bytes)
  if (!container)
    throw refused('The file is not a PNG, JPEG or WebP', {
      limit: 'png, jpeg, webp',
      next: 'Convert it; its name does not matter, its content does.',
    })
  if (container.animated)
    throw refused('The picture is animated', { limit: '1 frame', next: 'Send a single frame.' })
  const { width, height, autoOrient, orientation, hasAlpha } = await readHeader(bytes)
  checkSize(width, height)
  return {
    facts: { width: autoOrient.width, height: autoOrient.height, format: container.format },
    container,
    turned: orientation !== undefined && orientation !== 1,
    hasAlpha,
  }
}

async function readHeader(bytes: Uint8Array): Promise<Metadata> {
  try {
    // Without a limit here: `checkSize` names the size that is too large.
    return await sharp(bytes, { limitInputPixels: false }).metadata()
  } catch (cause) {
    throw damaged(cause)
  }
}

function checkSize(width: number, height: number): void {
  const tooLong = Math.max(width, height) > limits.edgePixels
  if (!tooLong && width * height <= limits.imagePixels) return
  throw refused(`The picture is ${width}x${height}`, {
    limit: `${limits.imagePixels} pixels, ${limits.edgePixels} at an edge`,
    next: 'Send a smaller picture.',
  })
}

/** The one error for a picture that the caller sent. */
export function refused(message: string, detail: Omit<AppErrorDetail, 'field'>, field = '/file'): AppError {
  return new AppError('invalid_request', message, { field, ...detail })
}

export function damaged(cause?: unknown): AppError {
  return refused('The picture is damaged or cut off', {
    limit: 'a complete picture',
    next: 'Export it again and send the whole file.',
    cause,
  })
}
