import type { MaskTemplate } from '@halftone/contracts'
import sharp from 'sharp'

export interface CanonicalMask {
  /** 8-bit grey, white = edit. */
  png: Uint8Array
  /** Pixels at or above 128. */
  maskedPixels: number
  /** The predefined template that it is, for its size. */
  template: MaskTemplate | null
}

/** The canonical form of a mask: a PNG of one channel. `values` has a byte for each pixel. */
export function encodeMask(
  values: Uint8Array,
  { width, height }: { width: number; height: number },
): Promise<Buffer> {
  return sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 6 })
    .toBuffer()
}
