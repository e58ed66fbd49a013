import { describe, expect, test } from 'vitest'
import type { FakeAnswer } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, specOf } from '../testing/sample-call.ts'
import { openSpec, specsExist } from '../testing/specs.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createOpenrouter } from './openrouter.ts'

const sizes = { kind: 'list', list: ['1024x1024'] } as const
const spec = specOf({
  provider: 'openrouter',
  model: 'flux.2-pro',
  operations: {
    generate: { sizes: { ...sizes, list: ['1024x1024'] }, n_max: 4, mask: 'none', images_max: 0 },
    edit: { sizes: { ...sizes, list: ['1024x1024'] }, n_max: 1, mask: 'none', images_max: 4 },
  },
  wire: { model: 'black-forest-labs/flux.2-pro', upstream: 'black-forest-labs' },
})

function images(pictures: Uint8Array[], usage: Record<string, unknown> = { cost: 0.0314572 }) {
  return {
    created: 1_790_000_000,
    data: pictures.map((bytes) => ({
      b64_json: Buffer.from(bytes).toString('base64'),
      media_type: 'image/png',
    })),
    usage: { prompt_tokens: 7, completion_tokens: 4_175, total_tokens: 4_182, ...usage },
  }
}

function error(code: number, metadata?: Record<string, unknown>, headers?: Record<string, string>) {
  const body = { error: { code, message: 'words of the gateway', ...(metadata ? { metadata } : {}) } }
  return { status: code, headers, body } satisfies FakeAnswer
}

const moderated = { reasons: ['violence'], flagged_input: 'x', provider_name: 'x', model_slug: 'x' }

testProvider('OpenRouter', {
  create: createOpenrouter,
  basePath: '/api/v1',
  spec,
  imagesMax: 3,
  succeed: (pictures) => () => ({ status: 200, body: images(pictures) }),
  noPicture: 'yes',
  bill: { tokens: { text_in: 7, image_out: 4_175 }, reported: 31_457_200n },
  edit: {
    request: { operation: 'edit', images: [inputImage(8, 8)] },
    inputs: { images: picturesOf(1) },
  },
  refuse: () => () => error(403, moderated),
  wrongKey: error(401),
  rateLimited: { answer: error(429, undefined, { 'retry-after': '3' }), waitMs: 3_000 },
  outOfCredit: error(402),
  unknownModel: error(404),
  badInput: error(400),
  down: error(502),
})

describe('the wire of OpenRouter', () => {
  const { server, http, sentJson } = useFakeServer()
  const attempt = () => createOpenrouter({ key: 'sk-or', baseUrl: `${server.origin}/api/v1` }, http.send)
  const answer = (body: unknown) => server.answerWith(() => ({ status: 200, body }))

  test('each call names its upstream and forbids every other: no fallback is ever paid for', async () => {
    answer(images(picturesOf(1)))
    await run(attempt(), callOf(spec, { seed: 7 }))
    expect(server.seen[0]?.path).toBe('/api/v1/images')
    expect(sentJson()).toEqual({
      model: 'black-forest-labs/flux.2-pro',
      prompt: 'a lighthouse at dusk',
      size: '1024x1024',
      seed: 7,
      output_format: 'png',
      provider: { allow_fallbacks: false, only: ['black-forest-labs'] },
    })
  })

  test('a size that the catalogue names is asked for by ratio and resolution', async () => {
    answer(images(picturesOf(1)))
    const named = { ...sizes, list: ['1024x1024'], names: { '1024x1024': '1:1 1K' } }
    const generate = { sizes: named, n_max: 1, mask: 'none', images_max: 0 } as const
    await run(attempt(), callOf({ ...spec, operations: { generate } }))
    expect(sentJson()).toMatchObject({ aspect_ratio: '1:1', resolution: '1K' })
    expect(sentJson()).not.toHaveProperty('size')
  })

  test.each([
    ['null', { cost: null }, undefined],
    ['absent', {}, undefined],
    [
      'of a key of our own at the upstream, beside the fee',
      { cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: 0.03 } },
      31_000_000n,
    ],
    ['not told by the upstream', { cost: 0.001, is_byok: true }, undefined],
  ])('a cost that is %s', async (_, usage, reported) => {
    answer(images(picturesOf(1), usage))
    expect((await run(attempt(), callOf(spec))).usage.reported).toBe(reported)
  })

  test('an error inside of a 200 counts by its own code', async () => {
    answer(error(402).body)
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({ code: 'provider_out_of_credit' })
  })

  test('403 without a word of moderation is the key', async () => {
    server.answerWith(() => error(403))
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({ code: 'provider_auth' })
  })

  test('when the edge gives up, the work may go on', async () => {
    server.answerWith(() => error(524))
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'outcome_unknown',
      billed: 'unknown',
    })
  })

  test('the wait is until the reset, which is told in epoch ms', async () => {
    server.answerWith(() => error(429, undefined, { 'x-ratelimit-reset': String(Date.now() + 5_000) }))
    const { retryAfterMs } = await failureOf(run(attempt(), callOf(spec)))
    expect(retryAfterMs).toBeGreaterThan(3_000)
    expect(retryAfterMs).toBeLessThanOrEqual(5_000)
  })

  test.skipIf(!specsExist)(
    'requests and sample answers fit the official document (needs ../shared)',
    async () => {
      const check = openSpec('openrouter-images-models.openapi.json')
      answer(images(picturesOf(1)))
      await run(attempt(), callOf(spec, { seed: 7 }))
      expect(check('/components/schemas/ImageGenerationRequest', sentJson())).toEqual([])
      server.seen.splice(0)
      const references = { operation: 'edit', images: [inputImage(8, 8)] } as const
      await run(
        attempt(),
        callOf(spec, { ...references, images: [...references.images] }, { images: picturesOf(1) }),
      )
      expect(sentJson().input_references).toHaveLength(1)
      expect(check('/components/schemas/ImageGenerationRequest', sentJson())).toEqual([])
      expect(check('/components/schemas/ImageGenerationResponse', images(picturesOf(1)))).toEqual([])
      expect(check('/components/schemas/ForbiddenResponse', error(403, moderated).body)).toEqual([])
    },
  )
})
