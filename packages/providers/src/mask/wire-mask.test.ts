import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../testing/provider-suite.ts'
import { maskOf } from '../testing/sample-call.ts'
import { readMask, resized } from './grey-mask.ts'
import { blackMask, type MaskForm, transparentMask, whiteMask } from './mask-form.ts'
import { wireMask } from './wire-mask.ts'

/** Which pixels a provider that reads masks like this would change, from what it got. */
async function editedBy({ edits }: MaskForm, png: Uint8Array): Promise<boolean[]> {
  const { channels } = await sharp(png).metadata()
  expect(channels).toBe(edits === 'transparent' ? 4 : 1)
  const image = edits === 'transparent' ? sharp(png) : sharp(png).toColourspace('b-w')
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  const last = info.channels - 1
  return Array.from({ length: info.width * info.height }, (_, pixel) => {
    const value = data[pixel * info.channels + last] ?? 0
    return edits === 'white' ? value >= 128 : edits === 'black' ? value < 128 : value === 0
  })
}

const softWhite: MaskForm = { edits: 'white', levels: 'soft' }

test.each([transparentMask, whiteMask, blackMask, softWhite])(
  'as %o it edits exactly the pixels of half strength and more',
  async (form) => {
    const canonical = await maskOf([0, 1, 127, 128, 200, 255])
    const sent = await wireMask('Sample', canonical, form)
    expect(await editedBy(form, sent)).toEqual([false, false, false, true, true, true])
  },
)

describe('levels', () => {
  test('hard forms have two levels only, soft ones keep every level', async () => {
    const canonical = await maskOf([0, 100, 200, 255])
    for (const form of [transparentMask, whiteMask, blackMask])
      expect(new Set(await lastChannel(await wireMask('Sample', canonical, form)))).toEqual(new Set([0, 255]))
    expect(await wireMask('Sample', canonical, softWhite)).toBe(canonical)
  })

  test('a mask that is as the provider wants it goes out byte by byte', async () => {
    const canonical = await maskOf([0, 255])
    expect(await wireMask('Sample', canonical, whiteMask)).toBe(canonical)
  })
})

test('another size takes the nearest pixel: no level appears, and a doubled mask halves back to itself', async () => {
  const mask = await readMask(await maskOf([0, 255, 90, 0]))
  const doubled = resized(mask, { width: 8, height: 2 })
  expect([...doubled.values.subarray(0, 8)]).toEqual([0, 0, 255, 255, 90, 90, 0, 0])
  expect(resized(doubled, { width: 4, height: 1 }).values).toEqual(new Uint8Array(mask.values))
  const sent = await wireMask('Sample', await maskOf([0, 255]), blackMask, { width: 4, height: 1 })
  expect(await editedBy(blackMask, sent)).toEqual([false, false, true, true])
})

test('a mask that is too long for the provider is refused unsent', async () => {
  const noise = await maskOf(Array.from({ length: 4_000 }, (_, i) => ((i * i * 7_919) % 251 > 125 ? 255 : 0)))
  const form = { ...transparentMask, bytesMax: 100 }
  expect(await failureOf(wireMask('Sample', noise, form))).toMatchObject({
    code: 'invalid_request',
    billed: 'no',
  })
})

async function lastChannel(png: Uint8Array): Promise<number[]> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  return [...data].filter((_, at) => at % info.channels === info.channels - 1)
}
