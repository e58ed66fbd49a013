import { crc32, deflateSync } from 'node:zlib'

/** Every kind of PNG that its specification knows: what image libraries do not write, too. */
export interface PngKind {
  /** 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha. */
  colourType: 0 | 2 | 3 | 4 | 6
  depth: 1 | 2 | 4 | 8 | 16
  interlaced: boolean
  /** Entries of three bytes. */
  palette?: number[][]
  /** The transparency chunk. */
  transparency?: number[]
}

/** The passes of Adam7: first column, first row, column step, row step. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** `pixelAt` gives a pixel's samples at the kind's depth. */
export function encodePng(
  kind: PngKind,
  { width, height }: { width: number; height: number },
  pixelAt: (x: number, y: number) => readonly number[],
): Buffer {
  const passes = kind.interlaced ? adam7 : ([[0, 0, 1, 1]] as const)
  const rows: Buffer[] = []
  for (const [left, top, across, down] of passes)
    for (let y = top; y < height && left < width; y += down) {
      const samples: number[] = []
      for (let x = left; x < width; x += across) samples.push(...pixelAt(x, y))
      rows.push(packRow(samples, kind.depth))
    }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([kind.depth, kind.colourType, 0, 0, kind.interlaced ? 1 : 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...(kind.palette ? [chunk('PLTE', Buffer.from(kind.palette.flat()))] : []),
    ...(kind.transparency ? [chunk('tRNS', Buffer.from(kind.transparency))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A row without a filter: samples of less than a byte are packed from the left. */
function packRow(samples: number[], depth: PngKind['depth']): Buffer {
  if (depth === 16) {
    const row = Buffer.alloc(1 + samples.length * 2)
    for (const [i, sample] of samples.entries()) row.writeUInt16BE(sample, 1 + i * 2)
    return row
  }
  const row = Buffer.alloc(1 + Math.ceil((samples.length * depth) / 8))
  for (const [i, sample] of samples.entries()) {
    const bit = i * depth
    row[1 + (bit >> 3)]! |= sample << (8 - depth - (bit & 7))
  }
  return row
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

/** The kinds of the specification, each plain and interlaced. */
export function allPngKinds(): Pick<PngKind, 'colourType' | 'depth' | 'interlaced'>[] {
  const depths = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] } as const
  return ([0, 2, 3, 4, 6] as const).flatMap((colourType) =>
    depths[colourType].flatMap((depth) =>
      [false, true].map((interlaced) => ({ colourType, depth, interlaced })),
    ),
  )
}
