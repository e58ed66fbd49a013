import sharp from 'sharp'
import { expect, test } from 'vitest'
import { alphaPng, photo } from './testing/sample-image.ts'
import { transcode } from './transcode.ts'

test('a picture that has the format is handed back untouched', async () => {
  const bytes = await photo(20, 20, 'jpeg')
  expect(await transcode(bytes, 'jpeg')).toBe(bytes)
})

test.each(['jpeg', 'webp'] as const)('a PNG becomes a %s of the same size', async (format) => {
  const made = await transcode(await photo(20, 10, 'png'), format)
  expect(await sharp(made).metadata()).toMatchObject({ format, width: 20, height: 10 })
})

test('a PNG and a lossless WebP turn into each other without loss', async () => {
  const png = await photo(20, 10, 'png')
  const back = await transcode(await transcode(png, 'webp'), 'png')
  expect(await sharp(back).raw().toBuffer()).toEqual(await sharp(png).raw().toBuffer())
})

test('what is transparent becomes white where there is no alpha', async () => {
  const made = await sharp(await transcode(await alphaPng(Array(64).fill(0), 8), 'jpeg'))
    .raw()
    .toBuffer()
  expect(made.every((value) => value > 250)).toBe(true)
})

test.each(['jpeg', 'webp'] as const)('a lossy %s is never coded a second time', async (format) => {
  await expect(transcode(await photo(20, 10, format), 'png')).rejects.toMatchObject({
    code: 'impossible',
    detail: { field: '/format', limit: format },
  })
})
