import { expect, test } from 'vitest'
import { decode } from '../art/pixels.ts'
import { changedPixels, greyMask, photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { simulated } from '../testing/simulated.ts'

const spec = 'stability-excerpt.openapi.json'
const base = '/stability/v2beta/stable-image'
const bytes = { accept: 'image/*' }
const box = { left: 20, top: 10, width: 40, height: 25 }

async function bodyOf(answer: Response): Promise<Buffer> {
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

test.skipIf(!specsPresent)(
  'answers and errors fit Stability’s specification, where it lies beside the repository',
  async () => {
    const { form, get, post } = await simulated()
    const json = await form(`${base}/generate/core`, { prompt: 'a lake' }, { accept: 'application/json' })
    expect(json.headers.get('content-type')).toBe('application/json; type=image/png')
    expect(specFaults(spec, '/components/schemas/V2ImageJson', await json.json())).toBeNull()
    expect(
      specFaults(
        spec,
        '/components/schemas/BalanceResponseBody',
        await (await get('/stability/v1/user/balance')).json(),
      ),
    ).toBeNull()
    const errors = [
      await post(`${base}/generate/core`, { prompt: 'a lake' }, bytes),
      await form(`${base}/generate/core`, { prompt: '' }, bytes),
      await form(`${base}/generate/core`, { prompt: 'forbidden-content' }, bytes),
    ]
    expect(errors.map(({ status }) => status)).toEqual([400, 400, 403])
    for (const error of errors)
      expect(specFaults(spec, '/components/schemas/V2Error', await error.json())).toBeNull()
  },
)

test('the picture comes as bytes with its facts in headers, and the same seed gives the same bytes', async () => {
  const { form, books } = await simulated()
  const ask = () =>
    form(
      `${base}/generate/sd3`,
      { prompt: 'a lake', model: 'sd3.5-medium', aspect_ratio: '21:9', seed: '7' },
      bytes,
    )
  const answer = await ask()
  expect([answer.headers.get('finish-reason'), answer.headers.get('seed')]).toEqual(['SUCCESS', '7'])
  const picture = await bodyOf(answer)
  expect(await sizeOf(picture)).toEqual({ width: 1536, height: 640, format: 'png' })
  expect((await bodyOf(await ask())).equals(picture)).toBe(true)
  expect((await books()).entries.map(({ model, nano }) => [model, nano])).toEqual([
    ['sd3.5-medium', 35_000_000],
    ['sd3.5-medium', 35_000_000],
  ])
})

test('filtered content is a 200 with a blurred picture, and it is paid', async () => {
  const { form, books } = await simulated()
  const answer = await form(`${base}/generate/core`, { prompt: 'filtered-content' }, bytes)
  expect(answer.headers.get('finish-reason')).toBe('CONTENT_FILTERED')
  expect(await sizeOf(await bodyOf(answer))).toMatchObject({ width: 1024, height: 1024 })
  expect((await books()).total_nano).toBe(30_000_000)
})

test('refusals before the work are free: content, language, a known face', async () => {
  const { form, books } = await simulated()
  const ask = async (prompt: string) => (await form(`${base}/generate/core`, { prompt }, bytes)).status
  expect(await ask('forbidden-content')).toBe(403)
  expect(await ask('安静的湖边日出')).toBe(422)
  expect(await ask('named-public-figure')).toBe(422)
  expect((await books()).entries).toEqual([])
})

test('inpaint repaints white, in the reference catalogue by the masked pixel or flat', async () => {
  const { form, books } = await simulated({ catalogue: 'reference' })
  const [image, mask] = await Promise.all([photo(128, 96), greyMask(128, 96, box)])
  const edited = await bodyOf(await form(`${base}/edit/inpaint`, { prompt: 'a boat', image, mask }, bytes))
  const changed = await changedPixels(image, edited, box)
  expect(changed.outside).toBe(0)
  expect(changed.inside).toBeGreaterThan(900)
  await bodyOf(
    await form(`${base}/edit/inpaint`, { prompt: 'a boat', image, mask, model: 'flat-inpaint' }, bytes),
  )
  expect((await books()).entries.map(({ model, nano }) => [model, nano])).toEqual([
    ['clipdrop', 100_000],
    ['flat-inpaint', 40_000_000],
  ])
})

test('a mask of another size is stretched; without a mask the clear pixels of the image are meant', async () => {
  const { form, books } = await simulated({ catalogue: 'reference' })
  const small = await greyMask(64, 48, { left: 0, top: 0, width: 32, height: 48 })
  await bodyOf(
    await form(`${base}/edit/inpaint`, { prompt: 'a boat', image: await photo(128, 96), mask: small }, bytes),
  )
  expect((await books()).total_nano).toBe(64 * 96 * 100)
  expect(
    (await form(`${base}/edit/inpaint`, { prompt: 'a boat', image: await photo(128, 96) }, bytes)).status,
  ).toBe(400)
})

test('outpaint adds to the canvas, keeps the old part, and is paid by the new pixels', async () => {
  const { form, books } = await simulated({ catalogue: 'reference' })
  const image = await photo(128, 96)
  const wide = await bodyOf(await form(`${base}/edit/outpaint`, { image, left: '64', down: '32' }, bytes))
  expect(await sizeOf(wide)).toMatchObject({ width: 192, height: 128 })
  expect((await books()).total_nano).toBe((192 * 128 - 128 * 96) * 100)
})

test('the balance is what was bought less what the books say', async () => {
  const { form, get } = await simulated()
  const credits = async () =>
    ((await (await get('/stability/v1/user/balance')).json()) as { credits: number }).credits
  const before = await credits()
  await bodyOf(await form(`${base}/generate/sd3`, { prompt: 'a lake' }, bytes))
  expect(before - (await credits())).toBe(6.5)
})

test('what the documents refuse is refused: accept, size of the picture, size of the body', async () => {
  const { form } = await simulated()
  const ask = async (parts: Record<string, string | Uint8Array>, headers: Record<string, string>) =>
    (await form(`${base}/edit/erase`, parts, headers)).status
  const mask = await greyMask(128, 96, box)
  expect(await ask({ image: await photo(128, 96), mask }, {})).toBe(400)
  expect(await ask({ image: await photo(63, 200), mask }, bytes)).toBe(400)
  expect(await ask({ image: new Uint8Array(10 * 1024 * 1024 + 1), mask }, bytes)).toBe(413)
})

test('in strict mode the 151st request in ten seconds is shut out for a minute', async () => {
  let now = 0
  const { form } = await simulated({ strict: true, clock: () => now })
  const ask = async () => (await form(`${base}/generate/core`, { prompt: '' }, bytes)).status
  for (let i = 0; i < 150; i++) expect(await ask()).toBe(400)
  expect(await ask()).toBe(429)
  now = 30_000
  expect(await ask()).toBe(429)
  now = 61_000
  expect(await ask()).toBe(400)
})

test('tools: a background becomes transparent, an upscale is four times as wide and high; each at its own price', async () => {
  const { form, books } = await simulated()
  const image = await photo(80, 64)
  const cut = await bodyOf(await form(`${base}/edit/remove-background`, { image }, bytes))
  expect(await sizeOf(cut)).toEqual({ width: 80, height: 64, format: 'png' })
  const { channels, data } = await decode(cut)
  expect([channels, data[3], data[(32 * 80 + 40) * 4 + 3]]).toEqual([4, 0, 255])
  const large = await bodyOf(await form(`${base}/upscale/fast`, { image, output_format: 'webp' }, bytes))
  expect(await sizeOf(large)).toEqual({ width: 320, height: 256, format: 'webp' })
  const refused = [
    await form(`${base}/edit/remove-background`, { image, output_format: 'jpeg' }, bytes),
    await form(`${base}/upscale/fast`, { image, seed: '3' }, bytes),
    await form(`${base}/upscale/fast`, { image: await photo(1_100, 1_000) }, bytes),
  ]
  expect(refused.map(({ status }) => status)).toEqual([400, 400, 400])
  expect((await books()).entries.map(({ operation, nano }) => [operation, nano])).toEqual([
    ['remove-background', 50_000_000],
    ['upscale', 20_000_000],
  ])
})

test.each([
  ['edit/search-and-replace', { search_prompt: 'the chair' }],
  ['edit/search-and-recolor', { select_prompt: 'the chair' }],
  ['control/structure', { control_strength: '0.5' }],
  ['control/sketch', {}],
])('%s changes the picture in its own size, and needs its words', async (path, words) => {
  const { form } = await simulated()
  const image = await photo(80, 64)
  const picture = await bodyOf(await form(`${base}/${path}`, { image, prompt: 'a lake', ...words }, bytes))
  expect(await sizeOf(picture)).toEqual({ width: 80, height: 64, format: 'png' })
  expect((await form(`${base}/${path}`, { image, ...words }, bytes)).status).toBe(400)
})

test('a style guide is followed in a picture of the asked ratio', async () => {
  const { form } = await simulated()
  const parts = { image: await photo(80, 64), prompt: 'a lake', aspect_ratio: '21:9' }
  const picture = await bodyOf(await form(`${base}/control/style`, parts, bytes))
  expect(await sizeOf(picture)).toEqual({ width: 1536, height: 640, format: 'png' })
})
