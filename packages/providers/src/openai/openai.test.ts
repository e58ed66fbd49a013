import sharp from 'sharp'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type FakeAnswer, readForm } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, maskOf, specOf } from '../testing/sample-call.ts'
import { openSpec, specsExist } from '../testing/specs.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createOpenAi } from './openai.ts'

const spec = specOf({
  provider: 'openai',
  model: 'gpt-image-2',
  modes: ['standard', 'turbo'],
  qualities: ['low', 'medium', 'high'],
  formats: ['png', 'jpeg', 'webp'],
})

function images(pictures: Uint8Array[]) {
  return {
    created: 1_790_000_000,
    data: pictures.map((bytes) => ({ b64_json: Buffer.from(bytes).toString('base64') })),
    background: 'opaque',
    output_format: 'png',
    quality: 'high',
    size: '1024x1024',
    usage: {
      total_tokens: 4_210,
      input_tokens: 50,
      output_tokens: 4_160,
      input_tokens_details: { text_tokens: 40, image_tokens: 10 },
    },
  }
}

function error(status: number, type: string, code: string | null, headers?: Record<string, string>) {
  const message = `words of the provider (${code})`
  return { status, headers, body: { error: { message, type, param: null, code } } } satisfies FakeAnswer
}

testProvider('OpenAI', {
  create: createOpenAi,
  basePath: '/v1',
  spec,
  imagesMax: 3,
  succeed: (pictures) => () => ({ status: 200, body: images(pictures) }),
  noPicture: 'unknown',
  refuse: () => () => error(400, 'image_generation_user_error', 'moderation_blocked'),
  wrongKey: error(401, 'invalid_request_error', 'invalid_api_key'),
  rateLimited: {
    answer: error(429, 'requests', 'rate_limit_exceeded', { 'retry-after-ms': '1250' }),
    waitMs: 1_250,
  },
  outOfCredit: error(429, 'insufficient_quota', 'insufficient_quota'),
  unknownModel: error(404, 'invalid_request_error', 'model_not_found'),
  badInput: error(400, 'invalid_request_error', null),
  down: error(503, 'server_error', null),
})

describe('the wire of OpenAI', () => {
  const { server, http, sentJson } = useFakeServer()
  const attempt = () => createOpenAi({ key: 'sk', baseUrl: `${server.origin}/v1` }, http.send)
  beforeAll(() => {
    server.answerWith(() => ({ status: 200, body: images(picturesOf(1)) }))
  })

  test('a generation sends exactly what was asked, in the quality that was priced', async () => {
    await run(attempt(), callOf(spec, { n: 2, format: 'webp' }, { quality: 'high' }))
    expect(server.seen[0]?.path).toBe('/v1/images/generations')
    expect(sentJson()).toEqual({
      model: 'gpt-image-2',
      prompt: 'a lighthouse at dusk',
      n: 2,
      size: '1024x1024',
      quality: 'high',
      output_format: 'webp',
    })
  })

  test('turbo is sent where the model has it; no quality is sent where none was priced', async () => {
    await run(attempt(), callOf({ ...spec, wire: { model: 'gpt-image-2-fast' } }, { mode: 'turbo' }))
    expect(sentJson()).toMatchObject({ mode: 'turbo', model: 'gpt-image-2-fast' })
    expect(sentJson()).not.toHaveProperty('quality')
  })

  test('its own settings are sent when they are asked for', async () => {
    const asked = {
      format: 'webp',
      background: 'transparent',
      outputCompression: 0,
      moderation: 'low',
    } as const
    await run(attempt(), callOf(spec, { ...asked, inputFidelity: 'high' }))
    expect(sentJson()).toMatchObject({
      ...{ output_format: 'webp', background: 'transparent', output_compression: 0, moderation: 'low' },
      input_fidelity: 'high',
    })
  })

  test.each([{ seed: 7 }, { steps: 20 }, { mode: 'lcm' as const }])(
    'what the wire has no words for is refused unsent, never dropped: %o',
    async (asked) => {
      expect(await failureOf(attempt().start(callOf(spec, asked)))).toMatchObject({
        code: 'provider_config',
        billed: 'no',
      })
      expect(server.seen).toHaveLength(0)
    },
  )

  test('usage is split by stream; output without a split is all picture', async () => {
    const { usage } = await run(attempt(), callOf(spec))
    expect(usage).toEqual({ tokens: { text_in: 40, image_in: 10, image_out: 4_160 } })
  })

  test('a picture that is not base64 is a bad answer that may have been paid', async () => {
    server.answerWith(() => ({ status: 200, body: { ...images([]), data: [{ b64_json: 'not*base64!' }] } }))
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'bad_answer',
      billed: 'unknown',
    })
  })

  describe('a call that is looked on', () => {
    const seen: [number, string][] = []
    const lookedOn = (change = {}) =>
      callOf(
        spec,
        {},
        {
          partials: 2,
          onPartial: (image, index) => seen.push([index, Buffer.from(image).toString()]),
          ...change,
        },
      )
    const event = (type: string, text: string, more = {}) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, b64_json: Buffer.from(text).toString('base64'), ...more })}\n\n`
    const streamed =
      (...events: string[]) =>
      () => ({
        status: 200,
        headers: { 'content-type': 'text/event-stream; charset=utf-8' },
        body: Buffer.from(events.join('')),
      })
    const partial = (index: number) =>
      event('image_generation.partial_image', `part ${index}`, { partial_image_index: index })
    const completed = event('image_generation.completed', 'whole', { usage: images([]).usage })
    const failed = (code: string | null) =>
      `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'server_error', code, message: 'no' } })}\n\n`
    afterEach(() => seen.splice(0))

    test('shows its partial pictures as they come, then the whole one with its usage', async () => {
      server.answerWith(streamed(partial(0), ': ping\n\n', partial(1), completed))
      const { images: made, usage } = await run(attempt(), lookedOn())
      expect(sentJson()).toMatchObject({ stream: true, partial_images: 2 })
      expect(seen).toEqual([
        [0, 'part 0'],
        [1, 'part 1'],
      ])
      expect(made.map((image) => Buffer.from(image).toString())).toEqual(['whole'])
      expect(usage).toEqual({ tokens: { text_in: 40, image_in: 10, image_out: 4_160 } })
    })

    test('is not streamed for several pictures, and takes an answer that is no stream', async () => {
      server.answerWith(() => ({ status: 200, body: images(picturesOf(2)) }))
      await run(attempt(), { ...lookedOn(), request: { ...lookedOn().request, n: 2 } })
      expect(sentJson()).not.toHaveProperty('stream')
      expect((await run(attempt(), lookedOn())).images).toHaveLength(1)
    })

    test('is not lost by a fault of the one who looks on', async () => {
      server.answerWith(streamed(partial(0), completed))
      const onPartial = () => {
        throw new Error('gone')
      }
      expect((await run(attempt(), lookedOn({ onPartial }))).images).toHaveLength(1)
    })

    test.each([
      ['ends without its picture', streamed(partial(0)), 'bad_answer'],
      ['ends with a fault', streamed(partial(0), failed(null)), 'provider_down'],
      ['ends with a refusal', streamed(partial(0), failed('moderation_blocked')), 'content_policy'],
      ['is cut', () => ({ ...streamed(partial(0), completed)(), cut: true }), 'outcome_unknown'],
    ])('that %s may be paid', async (_, answer, code) => {
      server.answerWith(answer)
      expect(await failureOf(run(attempt(), lookedOn()))).toMatchObject({ code, billed: 'unknown' })
    })
  })

  test('a refusal after the work may be billed', async () => {
    const refused = error(400, 'image_generation_user_error', 'moderation_blocked')
    const moderation_details = { categories: ['violence'], moderation_stage: 'output' }
    server.answerWith(() => ({ ...refused, body: { error: { ...refused.body.error, moderation_details } } }))
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'content_policy',
      billed: 'unknown',
    })
  })

  test('an edit is a form with every picture and a mask whose transparent pixels are the white ones', async () => {
    server.answerWith(() => ({ status: 200, body: images(picturesOf(1)) }))
    await run(attempt(), await maskedEdit())
    expect(server.seen[0]?.path).toBe('/v1/images/edits')
    const form = await readForm(server.seen[0]!)
    expect(form.getAll('image[]')).toHaveLength(2)
    const mask = form.get('mask')
    if (!(mask instanceof File)) throw new Error('the mask is not a file')
    const decoded = await sharp(await mask.bytes())
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(decoded.info).toMatchObject({ width: 2, height: 1, channels: 4 })
    expect([decoded.data[3], decoded.data[7]]).toEqual([255, 0])
  })

  test.skipIf(!specsExist)(
    'requests and sample answers fit the official document (needs ../shared)',
    async () => {
      server.answerWith(() => ({ status: 200, body: images(picturesOf(1)) }))
      const check = openSpec('openai-images-batch-files.openapi.json')
      await run(attempt(), callOf(spec, { n: 2 }, { quality: 'high' }))
      expect(check('/components/schemas/CreateImageRequest', sentJson())).toEqual([])
      server.seen.splice(0)
      await run(attempt(), await maskedEdit())
      const fields = [...(await readForm(server.seen[0]!))].map(([name, value]) => [
        name.replace('[]', ''),
        plain(name, value),
      ])
      expect(check('/components/schemas/CreateImageEditRequest', Object.fromEntries(fields))).toEqual([])
      expect(check('/components/schemas/ImagesResponse', images(picturesOf(2)))).toEqual([])
      expect(
        check('/components/schemas/ErrorResponse', error(429, 'requests', 'rate_limit_exceeded').body),
      ).toEqual([])
    },
  )
})

/** A form's values as the schema has them: files as text, `n` as a number. */
function plain(name: string, value: string | File): unknown {
  if (typeof value !== 'string') return '<bytes>'
  return name === 'n' ? Number(value) : value
}

async function maskedEdit() {
  const mask = await maskOf([0, 255])
  const pictures = [inputImage(2, 1), inputImage(8, 8)]
  return callOf(spec, { operation: 'edit', images: pictures }, { images: picturesOf(2), mask })
}
