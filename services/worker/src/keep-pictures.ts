import { newId } from '@halftone/contracts'
import type { StoredImage } from '@halftone/ledger'
import { ProviderError } from '@halftone/providers'
import type { Attempt } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { untilDone } from './until-done.ts'

/**
 * Stores the pictures of a call, in the asked format. Throws `bad_answer`, billed, when they are not what was asked
 * for: the bytes decide, never the claim.
 */
export async function keepPictures(
  attempt: Attempt,
  images: Uint8Array[],
  deps: Dependencies,
): Promise<StoredImage[]> {
  const { n } = attempt.request
  if (images.length < n) throw badAnswer(attempt, `${images.length} of ${n} pictures`)
  const asked = await Promise.all(images.slice(0, n).map((bytes) => inAskedForm(attempt, bytes, deps)))
  return Promise.all(asked.map((picture) => keep(picture, deps)))
}

type Picture = Omit<StoredImage, 'fileId' | 'sha256' | 'bytes'> & { content: Uint8Array }

async function inAskedForm(
  attempt: Attempt,
  bytes: Uint8Array,
  { pictures }: Dependencies,
): Promise<Picture> {
  const { width, height, format } = attempt.request
  const facts = await pictures.check(bytes).catch((cause: unknown) => {
    throw badAnswer(attempt, 'something that is no picture', cause)
  })
  if (facts.width !== width || facts.height !== height)
    throw badAnswer(attempt, `${facts.width}x${facts.height} instead of ${width}x${height}`)
  if (format === null || format === facts.format) return { ...facts, content: bytes }
  const content = await pictures.transcode(bytes, format).catch((cause: unknown) => {
    throw badAnswer(attempt, `${facts.format} instead of ${format}`, cause)
  })
  return { width, height, format, content }
}

async function keep({ content, width, height, format }: Picture, deps: Dependencies): Promise<StoredImage> {
  const { sha256, bytes } = await untilDone('store a picture', () => deps.artifacts.put(content), deps)
  return { fileId: newId('file'), sha256, width, height, format, bytes }
}

function badAnswer({ provider }: Attempt, what: string, cause?: unknown): ProviderError {
  return new ProviderError('bad_answer', `${provider.id} answered with ${what}`, { billed: 'yes', cause })
}
