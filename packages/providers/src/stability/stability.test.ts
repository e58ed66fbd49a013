import { beforeAll, describe, expect, test } from 'vitest'
import { type FakeAnswer, readForm } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, specOf } from '../testing/sample-call.ts'
import { openSpec, specsExist } from '../testing/specs.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createStability } from './stability.ts'

const spec = specOf({
  provider: 'stability',
  model: 'sd3.5-large',
  operations: {
    generate: {
      sizes: {
        kind: 'list',
        list: ['1024x1024', '1344x768'],
        names: { '1024x1024': '1:1', '1344x768': '16:9' },
      },
      n_max: 1,
      mask: 'none',
      images_max: 0,
    },
    edit: {
      sizes: { kind: 'same_as_input', min_edge: 64, max_pixels: 4_000_000 },
      n_max: 1,
      mask: 'optional',
      images_max: 2,
      by_kind: {
        'style-guide': { sizes: { kind: 'list', list: ['1344x768'], names: { '1344x768': '16:9' } } },
      },
    },
  },
  wire: { endpoint: 'generate/sd3', model: 'sd3.5-large' },
})

function error(status: number, name: string) {
  return { status, body: { id: '4212a4b6', name, errors: ['words of the provider'] } } satisfies FakeAnswer
}

function picture(bytes: Uint8Array | undefined, reason = 'SUCCESS'): FakeAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'image/png', 'finish-reason': reason, seed: '7' },
    body: bytes ?? new Uint8Array(),
  }
}

testProvider('Stability', {
  create: createStability,
  basePath: '/v2beta',
  spec,
  imagesMax: 1,
  succeed:
    ([image]) =>
    () =>
      picture(image),
  noPicture: 'unknown',
  refuse: () => () => error(403, 'content_moderation'),
  wrongKey: error(401, 'unauthorized'),
  rateLimited: { answer: error(429, 'rate_limit_exceeded'), waitMs: 60_000 },
  outOfCredit: error(402, 'payment_required'),
  unknownModel: error(404, 'not_found'),
  badInput: error(422, 'invalid_language'),
  down: error(500, 'internal_error'),
})

describe('the wire of Stability', () => {
  const { server, http } = useFakeServer()
  const attempt = () => createStability({ key: 'sk', baseUrl: server.origin }, http.send)
  beforeAll(() => {
    server.answerWith(() => picture(picturesOf(1)[0]))
  })
  const sentForm = async () => Object.fromEntries(await readForm(server.seen[0]!))
  const edit = (editKind: string, width: number, height: number) =>
    callOf(
      spec,
      {
        operation: 'edit',
        editKind,
        width,
        height,
        selectPrompt: editKind.startsWith('search-') ? 'the red chair' : null,
        images: Array.from({ length: editKind === 'style-transfer' ? 2 : 1 }, () => inputImage(100, 80)),
        seed: ['remove-background', 'upscale'].includes(editKind) ? null : 3,
      },
      {
        images: picturesOf(editKind === 'style-transfer' ? 2 : 1),
        mask: ['inpaint', 'erase'].includes(editKind) ? Buffer.from('mask') : null,
      },
    )

  test('a generation is a form, its size named as an aspect ratio', async () => {
    await run(attempt(), callOf(spec, { width: 1344, height: 768, seed: 3, format: 'jpeg' }))
    expect(server.seen[0]).toMatchObject({
      path: '/v2beta/stable-image/generate/sd3',
      headers: { accept: 'image/*' },
    })
    expect(await sentForm()).toEqual({
      prompt: 'a lighthouse at dusk',
      aspect_ratio: '16:9',
      model: 'sd3.5-large',
      seed: '3',
      output_format: 'jpeg',
    })
  })

  test('an inpaint sends the white mask as it is', async () => {
    await run(attempt(), edit('inpaint', 100, 80))
    expect(server.seen[0]?.path).toBe('/v2beta/stable-image/edit/inpaint')
    const { mask } = await sentForm()
    expect(mask instanceof File && (await mask.text())).toBe('mask')
  })

  test.each([
    ['erase', 100, 80, 'edit/erase', ['image', 'mask', 'seed', 'output_format']],
    [
      'outpaint',
      131,
      80,
      'edit/outpaint',
      ['left', 'right', 'up', 'down', 'prompt', 'image', 'seed', 'output_format'],
    ],
    [
      'style-transfer',
      100,
      80,
      'control/style-transfer',
      ['prompt', 'init_image', 'style_image', 'seed', 'output_format'],
    ],
    [
      'search-and-replace',
      100,
      80,
      'edit/search-and-replace',
      ['prompt', 'search_prompt', 'image', 'seed', 'output_format'],
    ],
    [
      'search-and-recolor',
      100,
      80,
      'edit/search-and-recolor',
      ['prompt', 'select_prompt', 'image', 'seed', 'output_format'],
    ],
    ['remove-background', 100, 80, 'edit/remove-background', ['image', 'output_format']],
    ['style-guide', 1344, 768, 'control/style', ['prompt', 'aspect_ratio', 'image', 'seed', 'output_format']],
    ['structure', 100, 80, 'control/structure', ['prompt', 'image', 'seed', 'output_format']],
    ['sketch', 100, 80, 'control/sketch', ['prompt', 'image', 'seed', 'output_format']],
    ['upscale', 400, 320, 'upscale/fast', ['image', 'output_format']],
  ])('%s has its own endpoint and fields', async (kind, width, height, path, fields) => {
    await run(attempt(), edit(kind, width, height))
    expect(server.seen[0]?.path).toBe(`/v2beta/stable-image/${path}`)
    expect(Object.keys(await sentForm())).toEqual(fields)
  })

  test('an outpaint grows to the asked size around the picture', async () => {
    await run(attempt(), edit('outpaint', 131, 80))
    expect(await sentForm()).toMatchObject({ left: '15', right: '16', up: '0', down: '0' })
  })

  test('a variation starts from the picture itself', async () => {
    const request = { operation: 'variation' as const, prompt: '', images: [inputImage(100, 80)] }
    await run(attempt(), callOf(spec, request, { images: picturesOf(1) }))
    expect(await sentForm()).toMatchObject({
      mode: 'image-to-image',
      strength: '0.6',
      image: expect.any(File),
    })
  })

  test.each([{ n: 2 }, { steps: 20 }, { mode: 'turbo' as const }, { width: 512 }])(
    'what the wire has no words for is refused unsent, never dropped: %o',
    async (asked) => {
      expect(await failureOf(attempt().start(callOf(spec, asked)))).toMatchObject({
        code: 'provider_config',
        billed: 'no',
      })
      expect(server.seen).toHaveLength(0)
    },
  )

  test.each([
    ['a seed for an endpoint without one', 'upscale', { seed: 3 }],
    ['a kind that it has not', 'text', {}],
  ])('%s is refused unsent', async (_, editKind, asked) => {
    const call = edit(editKind, 100, 80)
    const error = await failureOf(attempt().start({ ...call, request: { ...call.request, ...asked } }))
    expect(error).toMatchObject({ code: 'provider_config', billed: 'no' })
    expect(server.seen).toHaveLength(0)
  })

  test('a blurred picture is a refusal that is billed', async () => {
    server.answerWith(() => picture(picturesOf(1)[0], 'CONTENT_FILTERED'))
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'content_policy',
      billed: 'yes',
    })
  })

  test('403 is a wrong key unless it is named a refusal', async () => {
    server.answerWith(() => error(403, 'forbidden'))
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'provider_auth',
      billed: 'no',
    })
  })

  test.skipIf(!specsExist)(
    'requests and sample errors fit the excerpt of the document (needs ../shared)',
    async () => {
      const check = openSpec('stability-excerpt.openapi.json')
      server.answerWith(() => picture(picturesOf(1)[0]))
      await run(attempt(), edit('inpaint', 100, 80))
      const fields = Object.entries(await sentForm()).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : '<bytes>',
      ])
      // The excerpt still has the `mode` of an older version; the current endpoint has none.
      const body = { mode: 'mask', ...Object.fromEntries(fields), seed: 3 }
      expect(check('/components/schemas/InpaintingMaskingModeRequestBody', body)).toEqual([])
      expect(check('/components/schemas/V2Error', error(500, 'internal_error').body)).toEqual([])
      expect(
        check('/components/schemas/ContentModerationResponse', error(403, 'content_moderation').body),
      ).toEqual([])
    },
  )
})
