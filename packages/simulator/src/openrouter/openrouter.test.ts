import { expect, test } from 'vitest'
import { photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { simulated } from '../testing/simulated.ts'

const spec = 'openrouter-images-models.openapi.json'
const path = '/openrouter/api/v1/images'
const flux = { model: 'black-forest-labs/flux.2-pro', prompt: 'a quiet lake', size: '256x128' }
const gemini = { model: 'google/gemini-3.1-flash-lite-image', prompt: 'a quiet lake', resolution: '512' }

interface ImagesAnswer {
  data: { b64_json: string }[]
  usage: { cost: number | null; completion_tokens: number; prompt_tokens: number }
}

async function imagesOf(answer: Response): Promise<ImagesAnswer> {
  expect(answer.status).toBe(200)
  return (await answer.json()) as ImagesAnswer
}
const picture = ({ data }: ImagesAnswer) => Buffer.from(data[0]?.b64_json ?? '', 'base64')

test.skipIf(!specsPresent)('answers and errors fit OpenRouter’s own specification', async () => {
  const { post, get } = await simulated()
  const answer = await (await post(path, flux)).json()
  expect(specFaults(spec, '/components/schemas/ImageGenerationResponse', answer)).toBeNull()
  const list = await (await get(`${path}/models`)).json()
  expect(specFaults(spec, '/components/schemas/ImageModelsListResponse', list)).toBeNull()
  const endpoints = await (await get(`${path}/models/${flux.model}/endpoints`)).json()
  expect(specFaults(spec, '/components/schemas/ImageModelEndpointsResponse', endpoints)).toBeNull()
  for (const [schema, refused] of [
    ['UnauthorizedResponse', await post(path, flux, { authorization: 'Bearer invalid' })],
    ['PaymentRequiredResponse', await post(path, flux, { authorization: 'Bearer no-credit' })],
    ['ForbiddenResponse', await post(path, { ...flux, prompt: 'forbidden-content' })],
    ['BadRequestResponse', await post(path, { ...flux, n: 2 })],
  ] as const)
    expect(specFaults(spec, `/components/schemas/${schema}`, await refused.json())).toBeNull()
})

test('usage.cost is what the books charge: by megapixels of a million, by tokens, by picture', async () => {
  const { post, books } = await simulated()
  const costs = [
    await imagesOf(await post(path, flux)),
    await imagesOf(await post(path, gemini)),
    await imagesOf(await post(path, { ...flux, model: 'bytedance-seed/seedream-4.5', n: 2 })),
  ].map(({ usage }) => usage.cost)
  expect(costs).toEqual([0.00098304, 0.03360075, 0.08])
  expect((await books()).entries.map(({ nano }) => nano / 1e9)).toEqual(costs)
})

test('an outage is hidden by a dearer upstream, unless fallbacks are forbidden', async () => {
  const { post, books, fault } = await simulated()
  await fault('openrouter', 'down')
  await imagesOf(await post(path, flux))
  expect((await books()).total_nano).toBe(1_474_560)
  const alone = await post(path, { ...flux, provider: { allow_fallbacks: false } })
  expect(alone.status).toBeGreaterThanOrEqual(500)
  expect((await books()).entries).toHaveLength(1)
})

test('a ratio that the upstream lacks is clamped without a word; pixels that clash with it are a 400', async () => {
  const { post } = await simulated()
  const wide = await imagesOf(await post(path, { ...gemini, aspect_ratio: '21:9' }))
  const { width, height } = await sizeOf(picture(wide))
  expect(width / height).toBeCloseTo(16 / 9, 1)
  expect((await post(path, { ...flux, aspect_ratio: '1:1' })).status).toBe(400)
  expect((await post(path, { ...flux, resolution: '1K' })).status).toBe(400)
})

test('an edit is a prompt with references', async () => {
  const { post, books } = await simulated()
  const url = `data:image/png;base64,${(await photo(64, 64)).toString('base64')}`
  await imagesOf(
    await post(path, { ...gemini, input_references: [{ type: 'image_url', image_url: { url } }] }),
  )
  expect((await books()).entries[0]).toMatchObject({
    operation: 'edit',
    model: 'gemini-3.1-flash-lite-image',
  })
  expect(
    (await post(path, { ...flux, input_references: [{ type: 'image_url', image_url: { url } }] })).status,
  ).toBe(400)
})

test('the cost is found afterwards, not at once; the path of OpenAI does not exist', async () => {
  let now = Date.parse('2026-11-22T12:00:00Z')
  const { post, get } = await simulated({ clock: () => now })
  const id = (await post(path, flux)).headers.get('x-generation-id')
  const lookUp = () => get(`/openrouter/api/v1/generation?id=${id}`)
  expect((await lookUp()).status).toBe(404)
  now += 1_500
  expect(await (await lookUp()).json()).toMatchObject({ data: { id, total_cost: 0.00098304 } })
  expect((await post(`${path}/generations`, flux)).status).toBe(404)
})

test('a key of one’s own at the upstream, and an answer that does not tell the cost', async () => {
  const { post } = await simulated()
  const byok = await imagesOf(await post(path, flux, { authorization: 'Bearer byok' }))
  expect(byok.usage).toMatchObject({
    cost: 0,
    is_byok: true,
    cost_details: { upstream_inference_cost: 0.00098304 },
  })
  expect((await imagesOf(await post(path, flux, { authorization: 'Bearer no-cost' }))).usage.cost).toBeNull()
})
