import { crc32, deflateSync } from 'node:zlib'

/**
 * A PNG of one grey, with its left half or its first so many pixels painted white (and the rest black) if it is a mask.
 * Written by hand: the producer has no image library.
 */
export function greyPng(
  width: number,
  height: number,
  options: { halfWhite?: boolean; whitePixels?: number } = {},
): Buffer {
  const { halfWhite = false, whitePixels } = options
  const isMask = halfWhite || whitePixels !== undefined
  const rowOf = (y: number) => {
    const row = Buffer.alloc(width + 1, isMask ? 0 : 120)
    row[0] = 0
    const left = (whitePixels ?? 0) - y * width
    const white = halfWhite ? Math.floor(width / 2) : Math.min(width, Math.max(0, left))
    return row.fill(255, 1, 1 + white)
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, (_, y) => rowOf(y))))
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

export function dataUri(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`
}

/** A form as `curl -F` sends it. */
export function form(parts: Record<string, string | Buffer>): {
  body: Buffer
  headers: Record<string, string>
} {
  const boundary = 'halftone-test-boundary'
  const pieces = Object.entries(parts).flatMap(([name, value]) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${
        typeof value === 'string' ? '' : '; filename="x.png"\r\ncontent-type: image/png'
      }\r\n\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ])
  return {
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
