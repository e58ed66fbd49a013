import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectNothingStored } from './testing/nothing-stored.ts'
import { dataUri, form, greyPng } from './testing/pictures.ts'
import { startProducer, type TestProducer } from './testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const good = greyPng(128, 64, { halfWhite: true })
const size = (width: number, height: number) => {
  const png = Buffer.from(good)
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}
const animated = Buffer.concat([
  good.subarray(0, 33),
  Buffer.from([0, 0, 0, 8]),
  Buffer.from('acTL'),
  Buffer.alloc(12),
  good.subarray(33),
])

const masks: [string, Buffer, string][] = [
  ['an SVG named .png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'not a PNG, JPEG or WebP'],
  ['an HTML page', Buffer.from('<!doctype html><script>alert(1)</script>'), 'not a PNG, JPEG or WebP'],
  ['an animation', animated, 'animated'],
  ['a bomb by its header', size(60_000, 60_000), '60000x60000'],
  ['one cut off', good.subarray(0, good.length - 20), 'damaged or cut off'],
  ['one with bytes turned over', Buffer.from(good).fill(0x55, 48, 60), 'damaged or cut off'],
  ['one of another size', greyPng(64, 128, { halfWhite: true }), 'The mask is 64x128, the picture 128x64'],
  ['one that marks nothing', greyPng(128, 64, { whitePixels: 0 }), 'marks nothing to edit'],
]

const edit = { operation: 'edit', prompt: 'a kite', image: dataUri(greyPng(128, 64)) }

test.each(masks)(
  '%s as a mask of a job or a quote is a 400 at its field with limit and cure, and leaves nothing',
  async (_, mask, words) => {
    for (const url of ['/v1/jobs', '/v1/quotes']) {
      const answer = await producer.post(url, { ...edit, mask: dataUri(mask) })
      expect(answer.statusCode, answer.body).toBe(400)
      expect(answer.json()).toMatchObject({
        code: 'invalid_request',
        field: '/mask',
        detail: expect.stringContaining(words),
        limit: expect.anything(),
        next: expect.any(String),
      })
    }
    await expectNothingStored(producer)
  },
)

test.each(masks.filter(([name]) => name !== 'one of another size'))(
  '%s as an upload is a 400, and no file',
  async (_, file) => {
    const { body, headers } = form({ file, purpose: 'mask' })
    const answer = await producer.post('/v1/files', body, headers)
    expect(answer.statusCode, answer.body).toBe(400)
    expect(answer.json()).toMatchObject({ limit: expect.anything(), next: expect.any(String) })
  },
)

test('what nobody decodes as base64, or calls itself something else, is refused by its field', async () => {
  for (const mask of [
    'data:image/png;base64,@@@@',
    'data:text/html;base64,PGI+',
    'data:image/png,raw',
    'data:',
  ])
    expect((await producer.post('/v1/jobs', { ...edit, mask })).json()).toMatchObject({
      status: 400,
      field: '/mask',
    })
  await expectNothingStored(producer)
})
