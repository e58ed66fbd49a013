import { type MaskTemplate, maskTemplates } from '@halftone/contracts'
import { refused } from './inspect-image.ts'
import { type CanonicalMask, encodeMask } from './mask-pixels.ts'

interface Size {
  width: number
  height: number
}

/** Pixels from the first up to, and without, the second. */
type Span = readonly [number, number]

/** In sixtieths of the picture: halves, thirds, fifths and twentieths are whole. Squares and circles: of its shorter edge. */
type Shape =
  | { kind: 'box'; left: number; top: number; right: number; bottom: number }
  | { kind: 'around'; left: number; top: number; right: number; bottom: number }
  | { kind: 'square'; side: number }
  | { kind: 'circle'; diameter: number }

const parts = 60
const box = (left: number, top: number, right: number, bottom: number): Shape => ({
  kind: 'box',
  left,
  top,
  right,
  bottom,
})

export const templateShapes: Readonly<Record<MaskTemplate, { what: string; shape: Shape }>> = {
  center_square: {
    what: 'a square in the middle, half the shorter edge wide',
    shape: { kind: 'square', side: 30 },
  },
  center_circle: {
    what: 'a circle in the middle, three fifths of the shorter edge wide',
    shape: { kind: 'circle', diameter: 36 },
  },
  left_half: { what: 'the left half', shape: box(0, 0, 30, 60) },
  right_half: { what: 'the right half', shape: box(30, 0, 60, 60) },
  top_half: { what: 'the upper half', shape: box(0, 0, 60, 30) },
  bottom_half: { what: 'the lower half', shape: box(0, 30, 60, 60) },
  left_third: { what: 'the left third', shape: box(0, 0, 20, 60) },
  right_third: { what: 'the right third', shape: box(40, 0, 60, 60) },
  upper_third: { what: 'the upper third', shape: box(0, 0, 60, 20) },
  lower_third: { what: 'the lower third', shape: box(0, 40, 60, 60) },
  top_banner: { what: 'a banner along the top, a sixth high', shape: box(0, 0, 60, 10) },
  bottom_banner: { what: 'a banner along the bottom, a sixth high', shape: box(0, 50, 60, 60) },
  bottom_right_corner: {
    what: 'the corner at the bottom right, a third wide and a fifth high',
    shape: box(40, 48, 60, 60),
  },
  background_frame: {
    what: 'all around the middle: three twentieths at each side',
    shape: { kind: 'around', left: 9, top: 9, right: 51, bottom: 51 },
  },
}

/** A template painted for a picture of this size. Throws `invalid_request` where the picture is too small for it. */
export async function templateMask(name: MaskTemplate, size: Size): Promise<CanonicalMask> {
  const maskedPixels = templateArea(name, size)
  if (maskedPixels === 0)
    throw refused(
      `The template ${name} marks no pixel of a picture of ${size.width}x${size.height}`,
      { limit: '1 pixel', next: 'Send a larger picture, or a mask of your own.' },
      '/mask_template',
    )
  const values = Buffer.alloc(size.width * size.height)
  const spans = spansOf(name, size)
  for (let y = 0; y < size.height; y++)
    for (const [from, to] of spans(y)) values.fill(255, y * size.width + from, y * size.width + to)
  return { png: await encodeMask(values, size), maskedPixels, template: name }
}

/** How many pixels of a picture of this size the template marks. */
export function templateArea(name: MaskTemplate, size: Size): number {
  const spans = spansOf(name, size)
  let area = 0
  for (let y = 0; y < size.height; y++) for (const [from, to] of spans(y)) area += to - from
  return area
}

const leastOverlap = 0.995

/**
 * The template that a mask is: the one that it overlaps best, if what both mark is at least 99.5 % of what either
 * marks. null: it is none of them.
 */
export function recogniseTemplate(values: Uint8Array, maskedPixels: number, size: Size): MaskTemplate | null {
  let best: { name: MaskTemplate; overlap: number } | null = null
  for (const name of maskTemplates) {
    const area = templateArea(name, size)
    // the areas alone decide for nearly all: pixels are looked at for the rest
    if (Math.min(area, maskedPixels) < leastOverlap * Math.max(area, maskedPixels)) continue
    const both = markedWithin(values, size, spansOf(name, size))
    const overlap = both / (area + maskedPixels - both)
    if (overlap >= leastOverlap && overlap > (best?.overlap ?? 0)) best = { name, overlap }
  }
  return best?.name ?? null
}

function markedWithin(values: Uint8Array, { width, height }: Size, spans: (y: number) => Span[]): number {
  let marked = 0
  for (let y = 0; y < height; y++)
    for (const [from, to] of spans(y))
      for (let at = y * width + from; at < y * width + to; at++) if (values[at]! >= 128) marked++
  return marked
}

/** A pixel is marked when its middle lies within the shape: the same for every size, with no pixel half in. */
function spansOf(name: MaskTemplate, { width, height }: Size): (y: number) => Span[] {
  const { shape } = templateShapes[name]
  switch (shape.kind) {
    case 'box':
    case 'around': {
      const [left, right] = [edge(shape.left, width), edge(shape.right, width)]
      const [top, bottom] = [edge(shape.top, height), edge(shape.bottom, height)]
      const [beside, above]: [Span[], Span[]] =
        shape.kind === 'box'
          ? [[[left, right]], []]
          : [
              [
                [0, left],
                [right, width],
              ],
              [[0, width]],
            ]
      return (y) => (y >= top && y < bottom ? beside : above)
    }
    case 'square': {
      const side = shape.side * Math.min(width, height)
      return (y) => (fromMiddle(y, height) <= side ? centred(side, width) : [])
    }
    case 'circle': {
      const radius = shape.diameter * Math.min(width, height)
      return (y) => {
        const left = radius ** 2 - fromMiddle(y, height) ** 2
        return left < 0 ? [] : centred(Math.sqrt(left), width)
      }
    }
  }
}

/** The first pixel whose middle is not before so many sixtieths of the length. */
function edge(at: number, length: number): number {
  return Math.max(0, Math.ceil((2 * at * length - parts) / (2 * parts)))
}

/** Of a pixel's middle from the picture's, in half sixtieths of a pixel. */
function fromMiddle(at: number, length: number): number {
  return Math.abs(2 * at + 1 - length) * parts
}

function centred(side: number, length: number): Span[] {
  const from = Math.max(0, Math.ceil((parts * (length - 1) - side) / (2 * parts)))
  return from < length - from ? [[from, length - from]] : []
}
