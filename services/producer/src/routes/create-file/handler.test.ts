import { limits } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { form, greyPng } from '../../testing/pictures.ts'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const upload = (parts: Record<string, string | Buffer>) => {
  const { body, headers } = form(parts)
  return producer.post('/v1/files', body, headers)
}

test('a picture is stored as it was sent, and shown by key or by its signed link', async () => {
  const picture = greyPng(40, 30)
  const answer = await upload({ purpose: 'image', file: picture })
  expect(answer.statusCode, answer.body).toBe(201)
  expect(answer.json()).toMatchObject({
    purpose: 'image',
    width: 40,
    height: 30,
    format: 'png',
    masked_pixels: null,
  })
  const { id, url } = answer.json()
  const link = new URL(url)
  const content = await producer.app.inject({ url: `${link.pathname}${link.search}` })
  expect(content.statusCode).toBe(200)
  expect(content.rawPayload.equals(picture)).toBe(true)
  expect(content.headers).toMatchObject({ 'content-type': 'image/png', 'x-content-type-options': 'nosniff' })
  expect(content.headers['content-disposition']).toContain('attachment')
  expect((await producer.get(`/v1/files/${id}`)).json()).toMatchObject({ id, sha256: answer.json().sha256 })
})

test('a link does not open another file, nor after its time', async () => {
  const [a, b] = await Promise.all([upload({ file: greyPng(8, 8) }), upload({ file: greyPng(9, 9) })])
  const link = new URL(a.json().url)
  const other = await producer.app.inject({ url: `/v1/files/${b.json().id}/content${link.search}` })
  expect(other.json()).toMatchObject({ status: 401, field: '/signature' })
  link.searchParams.set('expires', '1000')
  const old = await producer.app.inject({ url: `${link.pathname}${link.search}` })
  expect(old.statusCode).toBe(401)
})

test('a mask is stored in its canonical form, with the pixels that are to be edited', async () => {
  const answer = await upload({ purpose: 'mask', file: greyPng(128, 64, { halfWhite: true }) })
  expect(answer.json()).toMatchObject({ purpose: 'mask', masked_pixels: 64 * 64, format: 'png' })
  const image = await upload({ file: greyPng(128, 64) })
  const job = { operation: 'edit', prompt: 'x', image: image.json().id, mask: answer.json().id }
  const edit = await producer.post('/v1/jobs', job)
  expect(edit.statusCode, edit.body).toBe(202)
  const small = await upload({ file: greyPng(16, 16) })
  const wrong = await producer.post('/v1/jobs', { ...job, image: small.json().id })
  expect(wrong.json()).toMatchObject({ status: 400, field: '/mask', limit: '16x16' })
})

test('which part of a mask is edited may be said, at the upload or at the job, but not twice', async () => {
  const painted = greyPng(96, 64, { halfWhite: true })
  const said = await upload({ purpose: 'mask', mask_edits: 'black', file: painted })
  const unsaid = await upload({ purpose: 'mask', file: painted })
  // the white half and the black one
  expect(said.json().masked_pixels + unsaid.json().masked_pixels).toBe(96 * 64)
  expect(said.json().sha256).not.toBe(unsaid.json().sha256)
  const opaque = await upload({ purpose: 'mask', mask_edits: 'transparent', file: painted })
  expect(opaque.json()).toMatchObject({
    status: 400,
    field: '/mask',
    next: expect.stringContaining('"white"'),
  })

  const image = await upload({ file: greyPng(96, 64) })
  const asPicture = await upload({ file: painted })
  const job = { operation: 'edit', prompt: 'x', image: image.json().id, mask_edits: 'black' }
  const edit = await producer.post('/v1/jobs', { ...job, mask: asPicture.json().id })
  expect(edit.statusCode, edit.body).toBe(202)
  const twice = await producer.post('/v1/jobs', { ...job, mask: said.json().id })
  expect(twice.json()).toMatchObject({ status: 400, field: '/mask_edits', limit: 'white' })
  const without = await producer.post('/v1/jobs', job)
  expect(without.json()).toMatchObject({ status: 400, field: '/mask_edits' })
})

test.each([
  ['no file', { purpose: 'image' }, '/file'],
  ['text', { file: Buffer.from('<svg/>') }, '/file'],
  ['a picture that is cut off', { file: greyPng(64, 64).subarray(0, 60) }, '/file'],
  ['another purpose', { purpose: 'cover', file: greyPng(8, 8) }, '/purpose'],
  [
    'a way to read a mask that there is not',
    { purpose: 'mask', mask_edits: 'red', file: greyPng(8, 8) },
    '/mask_edits',
  ],
  ['a way to read a mask for a picture', { mask_edits: 'white', file: greyPng(8, 8) }, '/mask_edits'],
  ['an unknown field', { title: 'x', file: greyPng(8, 8) }, '/title'],
  ['a mask that marks nothing', { purpose: 'mask', file: Buffer.from(greyPng(8, 8)) }, '/mask'],
])('an upload with %s is refused', async (what, parts, field) => {
  const answer = await upload(parts as Record<string, string | Buffer>)
  // half grey counts as "below the threshold": nothing to edit
  expect(answer.json(), what).toMatchObject({ status: 400, code: 'invalid_request', field })
})

test('a broken form, a form that is none, and a file that is too large are refused', async () => {
  const { body, headers } = form({ file: greyPng(8, 8) })
  const cut = await producer.post('/v1/files', body.subarray(0, 120), headers)
  expect(cut.json()).toMatchObject({ status: 400, field: '/file' })
  const json = await producer.post('/v1/files', { file: 'x' })
  expect(json.json()).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  const large = await upload({ file: Buffer.alloc(limits.fileBytes + 1) })
  expect(large.json()).toMatchObject({ status: 413, code: 'too_large' })
})
