import type { MaskEdits, MaskTemplate } from '@halftone/contracts'
import sharp from 'sharp'
import type { ImageFacts } from './artifacts.ts'
import { canonicalMask } from './canonical-mask.ts'
import { damaged, decodeLimits, type Inspected, inspect } from './inspect-image.ts'

export interface CheckedUpload {
  /** What to store: the picture as sent, or turned upright; for a mask, its canonical form. */
  bytes: Uint8Array
  facts: ImageFacts
  /** For a mask: how many of its pixels are to be edited. */
  maskedPixels: number | null
  /** For a mask: the predefined template that it is, if it is one. */
  template: MaskTemplate | null
}

const noMask = { maskedPixels: null, template: null }

/**
 * Checks a caller's file to its last pixel, so that a damaged one is refused before anything is paid.
 * Throws `invalid_request` with the bound and the cure.
 */
export async function checkUpload(
  bytes: Uint8Array,
  { purpose, maskEdits }: { purpose: 'image' | 'mask'; maskEdits?: MaskEdits },
): Promise<CheckedUpload> {
  const inspected = await inspect(bytes)
  if (!inspected.container.complete) throw damaged()
  if (purpose === 'mask') return checkedMask(bytes, inspected.facts, maskEdits)
  if (inspected.turned) return upright(bytes, inspected)
  await decodeWhole(bytes, inspected.facts)
  return { bytes, facts: inspected.facts, ...noMask }
}

async function checkedMask(bytes: Uint8Array, facts: ImageFacts, edits?: MaskEdits): Promise<CheckedUpload> {
  const { png, maskedPixels, template } = await canonicalMask(bytes, facts, edits)
  return { bytes: png, facts: { ...facts, format: 'png' }, maskedPixels, template }
}

/** Providers do not read EXIF: what the caller sees upright must be stored upright. */
async function upright(bytes: Uint8Array, { facts, container }: Inspected): Promise<CheckedUpload> {
  const options = container.lossless ? { lossless: true, compressionLevel: 6 } : { quality: 95 }
  try {
    const turned = await sharp(bytes, decodeLimits).autoOrient().toFormat(facts.format, options).toBuffer()
    return { bytes: turned, facts, ...noMask }
  } catch (cause) {
    throw damaged(cause)
  }
}

/**
 * Asks for the last row: all before it are decoded on the way and let go, so that the memory of a large picture is
 * never held. (A resize would do with fewer rows, and miss damage near the end.)
 */
async function decodeWhole(bytes: Uint8Array, { width, height }: ImageFacts): Promise<void> {
  try {
    await sharp(bytes, { ...decodeLimits, sequentialRead: true })
      .extract({ left: 0, top: height - 1, width, height: 1 })
      .raw()
      .toBuffer()
  } catch (cause) {
    throw damaged(cause)
  }
}
