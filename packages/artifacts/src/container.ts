import type { ImageFormat } from '@halftone/contracts'

/** What the bytes around a picture say, read without decoding it. */
export interface Container {
  format: ImageFormat
  animated: boolean
  /** Its end is there: it was not cut off. */
  complete: boolean
  /** Its pixels are kept exactly. */
  lossless: boolean
}

const iend = Buffer.from('0000000049454e44ae426082', 'hex')

/** null: not a PNG, JPEG or WebP, whatever its name or media type. */
export function readContainer(data: Uint8Array): Container | null {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return readPng(bytes)
  if (bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))) return readJpeg(bytes)
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP')
    return readWebp(bytes)
  return null
}

function readPng(bytes: Buffer): Container {
  // An animation declares itself (acTL) before the first pixels (IDAT).
  const animated = chunks(bytes, 8, 'big').some(({ name }) => name === 'acTL')
  return {
    format: 'png',
    animated,
    complete: withoutPadding(bytes).includes(iend, -iend.length),
    lossless: true,
  }
}

function readJpeg(bytes: Buffer): Container {
  const end = withoutPadding(bytes)
  const complete = end.length >= 4 && end.readUInt16BE(end.length - 2) === 0xffd9
  return { format: 'jpeg', animated: false, complete, lossless: false }
}

function readWebp(bytes: Buffer): Container {
  const parts = chunks(bytes, 12, 'little')
  return {
    format: 'webp',
    animated: parts.some(({ name }) => name === 'ANIM' || name === 'ANMF'),
    complete: bytes.length >= 12 && bytes.length >= bytes.readUInt32LE(4) + 8,
    lossless: parts.some(({ name }) => name === 'VP8L'),
  }
}

/** The chunks up to the pixels' own, by name. Damage ends the list. */
function chunks(bytes: Buffer, start: number, order: 'big' | 'little'): { name: string }[] {
  const found: { name: string }[] = []
  let at = start
  while (at + 8 <= bytes.length && found.length < 1_000) {
    const nameAt = order === 'big' ? at + 4 : at
    const name = bytes.toString('latin1', nameAt, nameAt + 4)
    found.push({ name })
    if (name === 'IDAT' || name === 'VP8 ' || name === 'VP8L') break
    const length = order === 'big' ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at + 4)
    // PNG adds a checksum, RIFF pads to even.
    at += 8 + length + (order === 'big' ? 4 : length % 2)
  }
  return found
}

/** Some encoders fill up with zeros behind the end. */
function withoutPadding(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}
