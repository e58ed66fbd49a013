import { createGate, type MaskEdits } from '@halftone/contracts'
import sharp, { type Sharp } from 'sharp'
import { damaged, decodeLimits, inspect, refused } from './inspect-image.ts'
import { type CanonicalMask, encodeMask } from './mask-pixels.ts'
import { recogniseTemplate } from './mask-template.ts'

const field = '/mask'
/** Each holds its pixels in full while it is read: 40 MB, and as much again. */
const gate = createGate(4)

/**
 * Brings every usual mask into one form. Which part is edited is what the caller says; else the transparent one if any
 * pixel is not opaque, else the white one: black is never taken for it unasked.
 * Tells which template it is, if any. Throws `invalid_request` for another size than the picture's, for nothing to edit, and for a picture that is no mask.
 */
export async function canonicalMask(
  bytes: Uint8Array,
  image: { width: number; height: number },
  edits?: MaskEdits,
): Promise<CanonicalMask> {
  const { facts, hasAlpha } = await inspect(bytes)
  checkMaskSize(facts, image)
  return gate(async () => canonicalOf(await valuesOf(bytes, hasAlpha, edits), image, edits))
}

async function canonicalOf(
  values: Uint8Array,
  image: { width: number; height: number },
  edits: MaskEdits | undefined,
): Promise<CanonicalMask> {
  const maskedPixels = sum(levelsOf(values).subarray(128))
  if (maskedPixels === 0)
    throw refused('The mask marks nothing to edit', { limit: '1 pixel', next: cures[edits ?? 'any'] }, field)
  const template = recogniseTemplate(values, maskedPixels, image)
  return { png: await encodeMask(values, image), maskedPixels, template }
}

/** A mask is never scaled: an edge that moves by a pixel edits what should stay. */
export function checkMaskSize(
  mask: { width: number; height: number },
  image: { width: number; height: number },
): void {
  if (mask.width === image.width && mask.height === image.height) return
  throw refused(
    `The mask is ${mask.width}x${mask.height}, the picture ${image.width}x${image.height}`,
    { limit: `${image.width}x${image.height}`, next: 'Send a mask of exactly the size of the picture.' },
    field,
  )
}

const maskForms = 'Make the part to edit transparent, or paint it white on black.'
const cures: Record<MaskEdits | 'any', string> = {
  any: maskForms,
  transparent: 'Make the part to edit transparent, or say "mask_edits": "white" if it is painted white.',
  white: 'Paint the part to edit white, or say another "mask_edits".',
  black: 'Paint the part to edit black, or say another "mask_edits".',
}

async function valuesOf(bytes: Uint8Array, hasAlpha: boolean, edits?: MaskEdits): Promise<Uint8Array> {
  const fromAlpha = hasAlpha && edits !== 'white' && edits !== 'black' ? await alphaValues(bytes) : null
  if (fromAlpha) return fromAlpha
  // All is opaque, and only what is transparent was meant.
  if (edits === 'transparent') return new Uint8Array(1)
  const grey = await greyValues(bytes)
  return edits === 'black' ? inverted(grey) : grey
}

/** null if all is opaque: then alpha says nothing. */
async function alphaValues(bytes: Uint8Array): Promise<Uint8Array | null> {
  const alpha = await decode(sharp(bytes, decodeLimits).autoOrient().extractChannel('alpha'))
  if (levelsOf(alpha)[255] === alpha.length) return null
  return inverted(alpha)
}

async function greyValues(bytes: Uint8Array): Promise<Uint8Array> {
  const grey = await decode(sharp(bytes, decodeLimits).autoOrient().removeAlpha().toColourspace('b-w'))
  const between = levelsOf(grey).subarray(17, 239)
  const share = sum(between) / grey.length
  // Soft edges have grey levels too; a photograph is mostly made of them.
  if (share > 0.1 && between.filter((count) => count > 0).length > 32)
    throw refused('The mask looks like a picture', { limit: 'black and white', next: maskForms }, field)
  return grey
}

async function decode(image: Sharp): Promise<Buffer> {
  try {
    return await image.raw({ depth: 'uchar' }).toBuffer()
  } catch (cause) {
    throw damaged(cause)
  }
}

/** In place. */
function inverted(values: Uint8Array): Uint8Array {
  for (let at = 0; at < values.length; at++) values[at] = 255 - values[at]!
  return values
}

/** How many pixels have each value. */
function levelsOf(values: Uint8Array): Uint32Array {
  const levels = new Uint32Array(256)
  // By index, here and above: a loop in other words takes many times as long, and a picture has millions.
  for (let at = 0; at < values.length; at++) levels[values[at]!]!++
  return levels
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0)
}
