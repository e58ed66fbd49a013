import { expect, test } from 'vitest'
import { photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { simulated } from '../testing/simulated.ts'

const spec = 'google-gemini.openapi.json'
const key = { 'x-goog-api-key': 'test-key' }
const path = (model: string, method = 'generateContent') => `/google/v1beta/models/${model}:${method}`
const vertexPath = (model: string, method = 'generateContent') =>
  `/google/v1/projects/p/locations/global/publishers/google/models/${model}:${method}`
const flash = 'gemini-nano-banana-2.1'
const pro = 'gemini-3-pro-image'

function ask(text: string, imageConfig: Record<string, string> = {}, images: Buffer[] = []) {
  const parts = images.map((file) => ({
    inlineData: { mimeType: 'image/png', data: file.toString('base64') },
  }))
  return {
    contents: [{ role: 'user', parts: [{ text }, ...parts] }],
    generationConfig: { responseModalities: ['IMAGE'], imageConfig },
  }
}

interface Answer {
  candidates: {
    content: {
      parts: { text?: string; thought?: boolean; inlineData?: { mimeType: string; data: string } }[]
    }
    finishReason: string
  }[]
  promptFeedback?: { blockReason: string }
  usageMetadata: Record<string, unknown> & { thoughtsTokenCount?: number }
}

async function read(answer: Response): Promise<Answer> {
  expect(answer.status).toBe(200)
  return (await answer.json()) as Answer
}

function picturesOf(answer: Answer) {
  const parts = answer.candidates[0]?.content.parts ?? []
  return parts.flatMap(({ inlineData, thought }) =>
    inlineData && !thought ? [Buffer.from(inlineData.data, 'base64')] : [],
  )
}

test.skipIf(!specsPresent)(
  'answers fit Google’s own document, where it lies beside the repository',
  async () => {
    const { post, get } = await simulated()
    const schema = '/components/schemas/GenerateContentResponse'
    for (const prompt of ['a lake', 'forbidden-content', 'filtered-content', 'named-public-figure'])
      expect(specFaults(spec, schema, await read(await post(path(pro), ask(prompt), key)))).toBeNull()
    const models = await (await get('/google/v1beta/models', key)).json()
    expect(specFaults(spec, '/components/schemas/ListModelsResponse', models)).toBeNull()
  },
)

test('a picture has the pixels of its shape and size, is a JPEG, and is charged by the tokens that it names', async () => {
  const { post, books } = await simulated()
  const headers = { ...key, 'idempotency-key': 'att_1' }
  const answer = await read(
    await post(path(pro), ask('a lake', { aspectRatio: '16:9', imageSize: '2K' }), headers),
  )
  const [picture] = picturesOf(answer)
  expect(await sizeOf(picture!)).toEqual({ width: 2752, height: 1536, format: 'jpeg' })
  expect(answer.candidates[0]?.content.parts[0]).toMatchObject({ thought: true })
  expect(answer.usageMetadata).toMatchObject({
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: 2 }],
    candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_120 }],
  })
  const thoughts = answer.usageMetadata.thoughtsTokenCount ?? 0
  expect(thoughts).toBeGreaterThan(0)
  expect((await books()).entries).toMatchObject([
    {
      attempt_id: 'att_1',
      operation: 'generate',
      n: 1,
      nano: 1_120 * 120_000 + 2 * 2_000 + thoughts * 12_000,
    },
  ])
})

test('a picture at 2K has more tokens; pictures that go in are counted each', async () => {
  const { post, books } = await simulated()
  const images = await Promise.all([photo(40, 30), photo(30, 30)])
  const answer = await read(await post(path(flash), ask('a boat', { imageSize: '2K' }, images), key))
  expect(await sizeOf(picturesOf(answer)[0]!)).toMatchObject({ width: 2400, height: 1792 })
  const nano = 1_680 * 30_000 + 2 * 1_500 + 2 * 1_120 * 1_500
  expect((await books()).entries).toMatchObject([{ operation: 'edit', nano }])
})

test.each([
  ['forbidden-content', 'PROHIBITED_CONTENT', 0],
  ['filtered-content', 'IMAGE_SAFETY', 0],
  ['named-public-figure', 'STOP', 1],
  ['finish-reason-max_tokens', 'MAX_TOKENS', 0],
])('"%s" is a 200 without a picture (%s), charged for its prompt', async (word, reason, texts) => {
  const { post, books } = await simulated()
  const answer = await read(await post(path(flash), ask(word), key))
  const [candidate] = answer.candidates ?? []
  expect(candidate?.finishReason ?? answer.promptFeedback?.blockReason).toBe(reason)
  expect(candidate?.content.parts ?? []).toHaveLength(texts)
  const [entry] = (await books()).entries
  expect(entry?.n).toBe(0)
  expect(entry?.nano).toBeGreaterThanOrEqual(Math.ceil(word.length / 4) * 1_500)
})

test('models that are gone are 404, bad names of a size are 400', async () => {
  const { post, books } = await simulated()
  for (const gone of ['gemini-2.5-flash-image', 'gemini-3.1-flash-image'])
    expect((await post(path(gone), ask('a'), key)).status).toBe(404)
  const predict = { instances: [{ prompt: 'a' }], parameters: {} }
  expect((await post(path('imagen-4.0-generate-001', 'predict'), predict, key)).status).toBe(404)
  const configs: Record<string, string>[] = [{ imageSize: '1k' }, { aspectRatio: '7:5' }]
  for (const config of configs) {
    const answer = await post(path(flash), ask('a', config), key)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } })
  }
  expect((await post(path('gemini-3.1-flash-lite-image'), ask('a', { imageSize: '2K' }), key)).status).toBe(
    400,
  )
  expect((await books()).entries).toEqual([])
})

test('keys, quotas and limits are told as each door tells them, the wait in the details', async () => {
  const { post, fault } = await simulated()
  const as = (name: string) => post(path(flash), ask('a'), { 'x-goog-api-key': name })
  const wrong = await as('invalid')
  expect(wrong.status).toBe(400)
  expect(await wrong.json()).toMatchObject({ error: { details: [{ reason: 'API_KEY_INVALID' }] } })
  expect(await (await as('no-credit')).text()).toContain('PerDay')
  const vertex = await post(vertexPath(flash), ask('a'), { authorization: 'Bearer invalid' })
  expect(vertex.status).toBe(401)
  await fault('google', 'rate_limit')
  const limited = await as('any')
  expect(limited.headers.has('retry-after')).toBe(false)
  expect(await limited.json()).toMatchObject({ error: { details: [{}, { retryDelay: '2s' }] } })
})

test('a token for Vertex AI lives for an hour', async () => {
  let now = Date.UTC(2026, 10, 22)
  const { post, get } = await simulated({ clock: () => now })
  const call = () => post(vertexPath(flash), ask('a'))
  expect((await call()).status).toBe(200)
  expect((await get(`/google/v1/publishers/google/models/${pro}`)).status).toBe(200)
  now += 3_600_000
  expect((await call()).status).toBe(401)
})

test('the reference catalogue still sells an Imagen, in two sizes; filtered pictures are free', async () => {
  const { post, books } = await simulated({ catalogue: 'reference' })
  const call = (prompt: string, sampleImageSize: string) =>
    post(
      path('imagen-3', 'predict'),
      { instances: [{ prompt }], parameters: { sampleCount: 2, sampleImageSize } },
      key,
    )
  const { predictions } = (await (await call('a lake', '512')).json()) as {
    predictions: { bytesBase64Encoded: string }[]
  }
  expect(await sizeOf(Buffer.from(predictions[1]!.bytesBase64Encoded, 'base64'))).toMatchObject({
    width: 512,
  })
  expect(await (await call('filtered-content', '512')).json()).toMatchObject({
    predictions: [{ raiFilteredReason: expect.any(String) }, {}],
  })
  expect((await call('a lake', '1K')).status).toBe(400)
  expect((await books()).entries.map(({ nano }) => nano)).toEqual([70_000_000])
})
