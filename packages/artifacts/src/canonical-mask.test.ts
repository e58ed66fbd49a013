import sharp from 'sharp'
import { expect, test } from 'vitest'
import { canonicalMask } from './canonical-mask.ts'
import { alphaPng, greyPng, photo } from './testing/sample-image.ts'

const size = { width: 4, height: 2 }

async function valuesOf(png: Uint8Array) {
  const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  return { values: [...data], channels: info.channels, width: info.width, height: info.height }
}

test('white on black comes out as it is', async () => {
  const mask = await canonicalMask(await greyPng([0, 0, 255, 255, 0, 0, 255, 255], 4), size)
  expect(mask.maskedPixels).toBe(4)
  expect(await valuesOf(mask.png)).toEqual({ values: [0, 0, 255, 255, 0, 0, 255, 255], channels: 1, ...size })
  expect(await sharp(mask.png).metadata()).toMatchObject({
    format: 'png',
    space: 'b-w',
    depth: 'uchar',
    channels: 1,
  })
})

test('transparent becomes white, half transparent grey; half and more counts as edit', async () => {
  const mask = await canonicalMask(await alphaPng([255, 0, 100, 200, 255, 127, 128, 255], 4), size)
  expect((await valuesOf(mask.png)).values).toEqual([0, 255, 155, 55, 0, 128, 127, 0])
  expect(mask.maskedPixels).toBe(3)
})

test.each([
  ['white', [0, 0, 255, 255, 0, 0, 0, 255]],
  ['black', [255, 255, 0, 0, 255, 255, 255, 0]],
] as const)(
  'what the caller says decides: the %s part is edited, whatever alpha says',
  async (edits, values) => {
    const painted = await sharp(await greyPng([0, 0, 255, 255, 0, 0, 0, 255], 4))
      .joinChannel(Buffer.from([0, 255, 255, 255, 255, 255, 255, 255]), { raw: { ...size, channels: 1 } })
      .png()
      .toBuffer()
    expect((await valuesOf((await canonicalMask(painted, size, edits)).png)).values).toEqual(values)
    expect((await valuesOf((await canonicalMask(painted, size)).png)).values).toEqual([
      255, 0, 0, 0, 0, 0, 0, 0,
    ])
  },
)

test('a mask without transparency is not read by its colours where transparency was meant', async () => {
  const painted = await greyPng([0, 0, 255, 255, 0, 0, 255, 255], 4)
  await expect(canonicalMask(painted, size, 'transparent')).rejects.toMatchObject({
    message: 'The mask marks nothing to edit',
    detail: { next: expect.stringContaining('"mask_edits": "white"') },
  })
})

test('an alpha channel that says nothing leaves the word to black and white', async () => {
  const grey = await greyPng([0, 255, 255, 255, 0, 0, 0, 0], 4)
  const mask = await canonicalMask(await sharp(grey).ensureAlpha().png().toBuffer(), size)
  expect(mask.maskedPixels).toBe(3)
})

test('16 bits, a palette and lossy edges make no difference', async () => {
  const square = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#000' } })
    .composite([{ input: { create: { width: 32, height: 32, channels: 3, background: '#fff' } } }])
    .png()
    .toBuffer()
  const forms = [
    sharp(square).toColourspace('rgb16').png(),
    sharp(square).png({ palette: true }),
    sharp(square).jpeg({ quality: 80 }),
  ]
  for (const form of forms) {
    const mask = await canonicalMask(await form.toBuffer(), { width: 64, height: 64 })
    expect(mask.maskedPixels).toBe(1_024)
  }
})

test('a canonical mask with hard edges is its own canonical form', async () => {
  const once = await canonicalMask(await greyPng([0, 0, 255, 255, 0, 0, 0, 255], 4), size)
  expect(await canonicalMask(once.png, size)).toEqual(once)
})

test('a mask of another size is refused with both sizes', async () => {
  await expect(canonicalMask(await greyPng([0, 255], 2), size)).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'The mask is 2x1, the picture 4x2',
    detail: { field: '/mask', limit: '4x2' },
  })
})

test.each([
  ['all black', () => greyPng(Array(8).fill(0), 4)],
  ['all but opaque', () => alphaPng([255, 255, 200, 255, 255, 255, 255, 255], 4)],
])('a mask that is %s marks nothing and is refused', async (_, make) => {
  await expect(canonicalMask(await make(), size)).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'The mask marks nothing to edit',
  })
})

test('a photograph sent as a mask is refused, and told what a mask is', async () => {
  const refusal = {
    message: 'The mask looks like a picture',
    detail: { next: expect.stringContaining('white on black') },
  }
  await expect(canonicalMask(await photo(64, 64, 'png'), { width: 64, height: 64 })).rejects.toMatchObject(
    refusal,
  )
})
