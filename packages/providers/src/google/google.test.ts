import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { FakeAnswer } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, specOf } from '../testing/sample-call.ts'
import { openSpec, specsExist } from '../testing/specs.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createGoogle } from './google.ts'

const names = { '1024x1024': '1:1 1K', '2752x1536': '16:9 2K' }
const operation = { sizes: { kind: 'list' as const, list: Object.keys(names), names }, n_max: 1 }
const spec = specOf({
  provider: 'google',
  model: 'gemini-3-pro-image',
  operations: {
    generate: { ...operation, mask: 'none', images_max: 0 },
    edit: { ...operation, mask: 'none', images_max: 14 },
  },
  formats: ['jpeg'],
})

const usageMetadata = {
  promptTokenCount: 570,
  candidatesTokenCount: 1_130,
  thoughtsTokenCount: 200,
  totalTokenCount: 1_900,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 10 },
    { modality: 'IMAGE', tokenCount: 560 },
  ],
  candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_120 }],
}

function content(pictures: Uint8Array[], change: Record<string, unknown> = {}) {
  const parts = pictures.map((bytes) => ({
    inlineData: { mimeType: 'image/jpeg', data: Buffer.from(bytes).toString('base64') },
  }))
  const candidate = { content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }
  return { candidates: [candidate], usageMetadata, modelVersion: spec.model, responseId: 'r1', ...change }
}

function error(status: number, word: string, details: Record<string, unknown>[] = []) {
  const wire = { code: status, message: 'words of the provider', status: word, details }
  return { status, body: { error: wire } } satisfies FakeAnswer
}

const rpc = 'type.googleapis.com/google.rpc'
const quota = (quotaId: string) => ({ '@type': `${rpc}.QuotaFailure`, violations: [{ quotaId }] })
const retry = { '@type': `${rpc}.RetryInfo`, retryDelay: '37s' }

testProvider('Google', {
  create: createGoogle,
  basePath: '/v1beta',
  spec,
  imagesMax: 1,
  succeed: (pictures) => () => ({ status: 200, body: content(pictures) }),
  noPicture: 'yes',
  bill: {
    tokens: { text_in: 10, image_in: 560, image_out: 1_120, text_out: 10, reasoning_out: 200 },
  },
  edit: { request: { operation: 'edit', images: [inputImage(8, 8)] }, inputs: { images: picturesOf(1) } },
  refuse: () => () => ({ status: 200, body: { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } } }),
  wrongKey: error(400, 'INVALID_ARGUMENT', [{ '@type': `${rpc}.ErrorInfo`, reason: 'API_KEY_INVALID' }]),
  rateLimited: {
    answer: error(429, 'RESOURCE_EXHAUSTED', [quota('GenerateRequestsPerMinutePerProject'), retry]),
    waitMs: 37_000,
  },
  outOfCredit: error(429, 'RESOURCE_EXHAUSTED', [quota('GenerateRequestsPerDayPerProjectPerModel'), retry]),
  unknownModel: error(404, 'NOT_FOUND'),
  badInput: error(400, 'INVALID_ARGUMENT'),
  down: error(503, 'UNAVAILABLE'),
})

describe('the wire of Google', () => {
  const { server, http, sentJson } = useFakeServer()
  const gemini = () => createGoogle({ key: 'k', baseUrl: `${server.origin}/v1beta` }, http.send)
  const vertexPath = '/v1/projects/p/locations/global/publishers/google'
  const vertex = () => createGoogle({ key: 'token', baseUrl: `${server.origin}${vertexPath}` }, http.send)
  const answer = (body: unknown, status = 200) => server.answerWith(() => ({ status, body }))

  test('a picture is asked for by the names of its shape and size', async () => {
    answer(content(picturesOf(1)))
    const { usage } = await run(gemini(), callOf(spec, { width: 2752, height: 1536, seed: 7 }))
    expect(server.seen[0]).toMatchObject({
      path: '/v1beta/models/gemini-3-pro-image:generateContent',
      headers: { 'x-goog-api-key': 'k' },
    })
    expect(sentJson()).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a lighthouse at dusk' }] }],
      generationConfig: {
        responseModalities: ['IMAGE'],
        imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
        seed: 7,
      },
    })
    const tokens = { text_in: 10, image_in: 560, image_out: 1_120, text_out: 10, reasoning_out: 200 }
    expect(usage).toEqual({ tokens })
  })

  test('an edit by words sends every picture; a mask has no words on this wire', async () => {
    answer(content(picturesOf(1)))
    const request = { operation: 'edit' as const, images: [inputImage(8, 8), inputImage(8, 8)] }
    await run(gemini(), callOf(spec, request, { images: picturesOf(2) }))
    expect(sentJson().contents[0].parts).toHaveLength(3)
    const masked = callOf(spec, request, { images: picturesOf(2), mask: Buffer.from('m') })
    expect(await failureOf(gemini().start(masked))).toMatchObject({ code: 'provider_config', billed: 'no' })
  })

  test.each([{ n: 2 }, { steps: 20 }, { mode: 'turbo' as const }, { width: 512 }, { seed: 2 ** 31 }])(
    'what the wire has no words for is refused unsent, never dropped: %o',
    async (asked) => {
      expect(await failureOf(gemini().start(callOf(spec, asked)))).toMatchObject({
        code: 'provider_config',
        billed: 'no',
      })
      expect(server.seen).toHaveLength(0)
    },
  )

  test('drafts of its thinking are not the picture', async () => {
    const [draft, final] = picturesOf(2)
    const body = content([draft!, final!])
    Object.assign(body.candidates[0]!.content.parts[0]!, { thought: true })
    answer(body)
    expect((await run(gemini(), callOf(spec))).images).toEqual([final])
  })

  test.each([
    ['SAFETY', '', 'content_policy'],
    ['PROHIBITED_CONTENT', '', 'content_policy'],
    ['BLOCKLIST', '', 'content_policy'],
    ['SPII', '', 'content_policy'],
    ['RECITATION', '', 'content_policy'],
    ['IMAGE_SAFETY', '', 'content_policy'],
    ['IMAGE_PROHIBITED_CONTENT', '', 'content_policy'],
    ['IMAGE_RECITATION', '', 'content_policy'],
    ['STOP', 'I would rather not draw that.', 'content_policy'],
    ['STOP', '', 'bad_answer'],
    ['NO_IMAGE', 'hm', 'bad_answer'],
    ['IMAGE_OTHER', '', 'bad_answer'],
    ['OTHER', '', 'bad_answer'],
    ['MAX_TOKENS', '', 'bad_answer'],
    ['MALFORMED_RESPONSE', '', 'bad_answer'],
    ['A_NEW_WORD', '', 'bad_answer'],
  ])(
    'a 200 that ends with %s and the words "%s" is %s, and owes just the tokens it names',
    async (reason, words, code) => {
      const candidates = [{ content: { parts: words ? [{ text: words }] : [] }, finishReason: reason }]
      answer({ candidates, usageMetadata: { promptTokenCount: 12 } })
      const failed = await failureOf(run(gemini(), callOf(spec)))
      expect(failed).toMatchObject({ code, billed: 'yes' })
      expect(failed.usage?.tokens).toMatchObject({ text_in: 12, image_out: 0 })
    },
  )

  test('a refusal that names its tokens is billed by them; one that names none is free only if the prompt was blocked', async () => {
    const promptFeedback = { blockReason: 'SAFETY' }
    answer({ promptFeedback, usageMetadata: { promptTokenCount: 12 } })
    expect(await failureOf(run(gemini(), callOf(spec)))).toMatchObject({ billed: 'yes' })
    answer({ promptFeedback, usageMetadata: { promptTokenCount: 0 } })
    expect(await failureOf(run(gemini(), callOf(spec)))).toMatchObject({ billed: 'no' })
    answer({ candidates: [{ finishReason: 'IMAGE_SAFETY' }] })
    expect(await failureOf(run(gemini(), callOf(spec)))).toMatchObject({
      code: 'content_policy',
      billed: 'unknown',
    })
  })

  test.each([
    [error(401, 'UNAUTHENTICATED'), 'provider_auth', 'no'],
    [error(403, 'PERMISSION_DENIED'), 'provider_auth', 'no'],
    [error(400, 'FAILED_PRECONDITION'), 'provider_config', 'no'],
    [error(499, 'CANCELLED'), 'outcome_unknown', 'unknown'],
    [error(500, 'INTERNAL'), 'provider_down', 'no'],
    [error(504, 'DEADLINE_EXCEEDED'), 'outcome_unknown', 'unknown'],
  ])('%o: %s, billed: %s', async (failed, code, billed) => {
    server.answerWith(() => failed)
    expect(await failureOf(gemini().start(callOf(spec)))).toMatchObject({ code, billed })
  })

  test('Vertex AI is told by its base URL: the key goes as a token, and the probe asks for a model', async () => {
    answer(content(picturesOf(1)))
    await run(vertex(), callOf(spec))
    await vertex().probe(new AbortController().signal)
    expect(server.seen.map(({ path }) => path)).toEqual([
      `${vertexPath}/models/gemini-3-pro-image:generateContent`,
      '/v1/publishers/google/models/gemini-3-pro-image',
    ])
    for (const { headers } of server.seen) {
      expect(headers.authorization).toBe('Bearer token')
      expect(headers).not.toHaveProperty('x-goog-api-key')
    }
  })

  describe('Imagen', () => {
    const imagen = { ...spec, model: 'imagen-3', formats: ['png' as const], wire: { api: 'predict' } }
    const several = callOf(imagen, { n: 2 })
    const predictions = (pictures: Uint8Array[]) =>
      pictures.map((bytes) => ({
        bytesBase64Encoded: Buffer.from(bytes).toString('base64'),
        mimeType: 'image/png',
      }))

    test('several pictures come from one predict', async () => {
      answer({ predictions: predictions(picturesOf(2)) })
      const { images } = await run(vertex(), several)
      expect(images).toEqual(picturesOf(2))
      expect(server.seen[0]?.path).toBe(`${vertexPath}/models/imagen-3:predict`)
      expect(sentJson().parameters).toEqual({
        sampleCount: 2,
        outputOptions: { mimeType: 'image/png' },
        aspectRatio: '1:1',
        sampleImageSize: '1K',
      })
    })

    test('a mask is pure white where grey of half or more was, since all that is not black is edited', async () => {
      answer({ predictions: predictions(picturesOf(1)) })
      const mask = await sharp(Buffer.from([0, 127, 128, 255]), { raw: { width: 4, height: 1, channels: 1 } })
        .png()
        .toBuffer()
      const request = { operation: 'edit' as const, images: [inputImage(4, 1)] }
      await run(vertex(), callOf(imagen, request, { images: picturesOf(1), mask }))
      const { instances, parameters } = sentJson()
      expect(parameters.editMode).toBe('EDIT_MODE_INPAINT_INSERTION')
      const [, sent] = instances[0].referenceImages
      expect(sent.maskImageConfig).toEqual({ maskMode: 'MASK_MODE_USER_PROVIDED', dilation: 0 })
      const raw = await sharp(Buffer.from(sent.referenceImage.bytesBase64Encoded, 'base64'))
        .extractChannel(0)
        .raw()
        .toBuffer()
      expect([...raw]).toEqual([0, 0, 255, 255])
    })

    test('filtered pictures are missing and free; a retired model is a matter of configuration', async () => {
      answer({ predictions: [{ raiFilteredReason: 'Support codes: 58061214' }] })
      expect(await failureOf(run(vertex(), several))).toMatchObject({ code: 'content_policy', billed: 'no' })
      answer({})
      expect(await failureOf(run(vertex(), several))).toMatchObject({ code: 'content_policy', billed: 'no' })
      answer({ predictions: [...predictions(picturesOf(1)), { raiFilteredReason: 'filtered' }] })
      expect((await run(vertex(), several)).images).toHaveLength(1)
      server.answerWith(() => error(404, 'NOT_FOUND'))
      expect(await failureOf(run(vertex(), several))).toMatchObject({ code: 'provider_config', billed: 'no' })
    })
  })

  test.skipIf(!specsExist)(
    'requests and sample answers fit the official document (needs ../shared)',
    async () => {
      const check = openSpec('google-gemini.openapi.json')
      answer(content(picturesOf(1)))
      const request = { operation: 'edit' as const, images: [inputImage(8, 8)], seed: 3 }
      await run(gemini(), callOf(spec, request, { images: picturesOf(1) }))
      expect(check('/components/schemas/GenerateContentRequest', sentJson())).toEqual([])
      expect(check('/components/schemas/GenerateContentResponse', content(picturesOf(1)))).toEqual([])
    },
  )
})
