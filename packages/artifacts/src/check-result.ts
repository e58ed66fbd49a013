import { AppError } from '@halftone/contracts'
import type { ImageFacts } from './artifacts.ts'
import { inspect } from './inspect-image.ts'

/**
 * What a provider really sent: header, limits and the end of the file, without decoding a pixel, for this is done to
 * every picture. Throws `bad_answer`.
 */
export async function checkResult(bytes: Uint8Array): Promise<ImageFacts> {
  try {
    const { facts, container } = await inspect(bytes)
    if (container.complete) return facts
  } catch (cause) {
    throw badAnswer(cause)
  }
  throw badAnswer(new Error(`cut off after ${bytes.byteLength} bytes`))
}

function badAnswer(cause: unknown): AppError {
  return new AppError('bad_answer', 'The provider answered with something that is not the picture', { cause })
}
