import { imageFormats } from '@halftone/contracts'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { checkResult } from './check-result.ts'
import { checkUpload } from './check-upload.ts'
import { inspectImage } from './inspect-image.ts'
import { encodePng } from './testing/encode-png.ts'
import { alphaPng, asAnimatedPng, boastfulPng, photo, withForgedEnd } from './testing/sample-image.ts'

const image = { purpose: 'image' } as const
const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
)

test.each(imageFormats)(
  'a good %s passes as an upload and as a result, its bytes unchanged',
  async (format) => {
    const bytes = await photo(64, 48, format)
    const facts = { width: 64, height: 48, format }
    expect(await inspectImage(bytes)).toEqual(facts)
    expect(await checkResult(bytes)).toEqual(facts)
    const upload = await checkUpload(bytes, image)
    expect(upload).toEqual({ bytes, facts, maskedPixels: null, template: null })
  },
)

describe('what is not a still PNG, JPEG or WebP is refused by its content', () => {
  const pixels = Buffer.concat([Buffer.alloc(9 * 9 * 3, 90), Buffer.alloc(9 * 9 * 3, 200)])
  const frames = sharp(pixels, { raw: { width: 9, height: 18, channels: 3, pageHeight: 9 } })
  const cases: [string, () => Promise<Buffer>][] = [
    ['an SVG', async () => svg],
    ['a GIF', () => sharp(svg).gif().toBuffer()],
    ['a TIFF', () => sharp(svg).tiff().toBuffer()],
    ['an AVIF', () => sharp(svg).avif({ effort: 0 }).toBuffer()],
    [
      'an animated WebP',
      () =>
        frames
          .clone()
          .webp({ loop: 0, delay: [100, 100], mixed: true })
          .toBuffer(),
    ],
    ['an animated PNG', async () => asAnimatedPng(await photo(9, 9, 'png'))],
    ['nothing', async () => Buffer.alloc(0)],
    ['a bare PNG signature', async () => Buffer.from('89504e470d0a1a0a', 'hex')],
    ['a bare WebP signature', async () => Buffer.from('RIFF\0\0\0\0WEBP')],
  ]
  test.each(cases)('%s', async (_, make) => {
    const bytes = await make()
    await expect(checkUpload(bytes, image)).rejects.toMatchObject({
      code: 'invalid_request',
      detail: { field: '/file', limit: expect.anything(), next: expect.any(String) },
    })
    await expect(checkUpload(bytes, { purpose: 'mask' })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(checkResult(bytes)).rejects.toMatchObject({ code: 'bad_answer' })
  })
})

test.each([
  [6_400, 6_400],
  [16_385, 1],
  [60_000, 60_000],
])('%i x %i pixels are refused by the header, before any memory is spent', async (width, height) => {
  const bytes = boastfulPng(await photo(8, 8, 'png'), width, height)
  const refusal = expect.objectContaining({
    message: `The picture is ${width}x${height}`,
    code: 'invalid_request',
  })
  await expect(inspectImage(bytes)).rejects.toEqual(refusal)
})

describe.each(imageFormats)('a %s that was cut off', (format) => {
  test.each([0.3, 0.7, 0.95, 0.999])(
    'is refused at %d of its length, as an upload and as a result',
    async (share) => {
      const whole = await photo(200, 200, format)
      const cut = whole.subarray(0, Math.floor(whole.length * share))
      await expect(checkUpload(cut, image)).rejects.toMatchObject({ code: 'invalid_request' })
      await expect(checkResult(cut)).rejects.toMatchObject({ code: 'bad_answer' })
    },
  )

  test.each([0.4, 0.98])(
    'at %d of its length is refused as an upload even with a forged end',
    async (share) => {
      const whole = await photo(200, 200, format)
      const forged = withForgedEnd(whole.subarray(0, Math.floor(whole.length * share)), format)
      await expect(checkUpload(forged, image)).rejects.toMatchObject({ code: 'invalid_request' })
    },
  )
})

test('zeros behind the end are no damage', async () => {
  const padded = Buffer.concat([await photo(20, 20, 'jpeg'), Buffer.alloc(7)])
  expect(await checkResult(padded)).toMatchObject({ width: 20 })
})

test('a picture that EXIF turns is stored upright, with the size that people see', async () => {
  const sideways = await sharp(await photo(60, 20, 'jpeg'))
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  expect(await inspectImage(sideways)).toMatchObject({ width: 20, height: 60 })
  const { bytes, facts } = await checkUpload(sideways, image)
  expect(facts).toEqual({ width: 20, height: 60, format: 'jpeg' })
  const stored = await sharp(bytes).metadata()
  expect(stored).toMatchObject({ width: 20, height: 60, format: 'jpeg' })
  expect(stored.orientation ?? 1).toBe(1)
})

test('an uploaded mask is stored in its canonical form, with the count of its pixels', async () => {
  const { bytes, facts, maskedPixels } = await checkUpload(await alphaPng([255, 0, 0, 255], 2), {
    purpose: 'mask',
  })
  expect(facts).toEqual({ width: 2, height: 2, format: 'png' })
  expect(maskedPixels).toBe(2)
  expect([...(await sharp(bytes).toColourspace('b-w').raw().toBuffer())]).toEqual([0, 255, 255, 0])
})

test('a mask of the most pixels that are taken is read within seconds, and one more row is refused by its header', async () => {
  const size = { width: 8_000, height: 5_000 }
  const half = encodePng({ colourType: 0, depth: 1, interlaced: false }, { width: 8, height: 8 }, (x) => [
    x < 4 ? 1 : 0,
  ])
  const most = await sharp(half)
    .resize({ ...size, kernel: 'nearest' })
    .toColourspace('b-w')
    .png()
    .toBuffer()
  const started = performance.now()
  expect(await checkUpload(most, { purpose: 'mask' })).toMatchObject({
    maskedPixels: 20_000_000,
    template: 'left_half',
  })
  // 2 s on a machine with nothing else to do takes half of it
  expect(performance.now() - started).toBeLessThan(8_000)
  const beyond = boastfulPng(await photo(8, 8, 'png'), 8_000, 5_001)
  await expect(checkUpload(beyond, { purpose: 'mask' })).rejects.toMatchObject({
    message: 'The picture is 8000x5001',
  })
})
