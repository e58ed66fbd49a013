import { crc32 } from 'node:zlib'
import type { ImageFormat } from '@halftone/contracts'
import sharp from 'sharp'

/** Noise with a seedless pattern: looks like a photograph to every check, and does not compress to nothing. */
function photoPixels(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3)
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * 31 + ((at * at) >> 5)) & 255
  return pixels
}

export function photo(width: number, height: number, format: ImageFormat): Promise<Buffer> {
  return sharp(photoPixels(width, height), { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer()
}

/** An opaque grey picture, or with `alpha` a red one whose alpha has these values. */
export function greyPng(values: number[], width: number): Promise<Buffer> {
  const raw = { width, height: values.length / width, channels: 1 as const }
  return sharp(Buffer.from(values), { raw }).png().toBuffer()
}

export function alphaPng(values: number[], width: number): Promise<Buffer> {
  const pixels = Buffer.from(values.flatMap((alpha) => [200, 30, 30, alpha]))
  return sharp(pixels, { raw: { width, height: values.length / width, channels: 4 } })
    .png()
    .toBuffer()
}

/** The PNG chunk that declares an animation, right behind the header chunk. */
export function asAnimatedPng(png: Buffer): Buffer {
  const actl = Buffer.concat([
    Buffer.from([0, 0, 0, 8]),
    Buffer.from('acTL'),
    Buffer.alloc(8, 1),
    Buffer.alloc(4),
  ])
  return Buffer.concat([png.subarray(0, 33), actl, png.subarray(33)])
}

/** A PNG of a few bytes that says it is huge: the header is true in form, with nothing behind it. */
export function boastfulPng(png: Buffer, width: number, height: number): Buffer {
  const boast = Buffer.from(png)
  boast.writeUInt32BE(width, 16)
  boast.writeUInt32BE(height, 20)
  boast.writeUInt32BE(crc32(boast.subarray(12, 29)), 29)
  return boast
}

/** A cut-off picture that ends as if it were whole. */
export function withForgedEnd(cut: Buffer, format: ImageFormat): Buffer {
  if (format === 'jpeg') return Buffer.concat([cut, Buffer.from('ffd9', 'hex')])
  if (format === 'png') return Buffer.concat([cut, Buffer.from('0000000049454e44ae426082', 'hex')])
  const forged = Buffer.from(cut)
  forged.writeUInt32LE(cut.length - 8, 4)
  return forged
}
