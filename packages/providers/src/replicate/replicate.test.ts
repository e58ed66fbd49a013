import { modelSpecSchema } from '@halftone/contracts'
import sharp from 'sharp'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Send } from '../http.ts'
import type { FakeAnswer, Responder } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, maskOf, specOf } from '../testing/sample-call.ts'
import { openSpec, specsExist } from '../testing/specs.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createReplicate } from './replicate.ts'

const spec = specOf({
  provider: 'replicate',
  model: 'flux-schnell',
  operations: {
    generate: {
      sizes: {
        kind: 'list',
        list: ['1024x1024', '1344x768'],
        names: { '1024x1024': '1:1', '1344x768': '16:9' },
      },
      n_max: 4,
      mask: 'none',
      images_max: 0,
    },
    edit: {
      sizes: { kind: 'same_as_input', min_edge: 64, max_pixels: 4_000_000 },
      n_max: 4,
      mask: 'optional',
      images_max: 1,
    },
  },
  wire: {
    owner: 'black-forest-labs',
    name: 'flux-schnell',
    sizing: 'aspect_ratio',
    outputs: 'num_outputs',
    image_field: 'image',
    mask_field: 'mask',
  },
})
const callbackUrl = 'https://halftone.example/in/replicate?attempt=att_1'

function prediction(baseUrl: string, change: Record<string, unknown> = {}) {
  const get = `${baseUrl}/predictions/p1`
  return {
    id: 'p1',
    model: 'black-forest-labs/flux-schnell',
    // The document's other form, "hidden", fits two branches of its own `oneOf`.
    version: 'a'.repeat(64),
    input: {},
    output: null,
    error: null,
    data_removed: false,
    status: 'starting',
    created_at: '2026-11-22T12:00:01Z',
    urls: { get, cancel: `${get}/cancel`, web: 'https://replicate.com/p/p1' },
    ...change,
  }
}

/** Submit, one poll that is still running, the end, and the pictures at the same host. */
function succeed(
  pictures: Uint8Array[],
  baseUrl: string,
  shape = (urls: string[]): unknown => urls,
): Responder {
  let polls = 0
  const output = shape(pictures.map((_, index) => `${baseUrl}/out/${index}`))
  return ({ method, path }) => {
    if (method === 'POST') return { status: 201, body: prediction(baseUrl) }
    const file = /\/out\/(\d+)$/.exec(path)?.[1]
    if (file !== undefined) return { status: 200, body: pictures[Number(file)] }
    if (polls++ === 0) return { status: 200, body: prediction(baseUrl, { status: 'processing' }) }
    const metrics = { predict_time: 1.5 }
    return { status: 200, body: prediction(baseUrl, { status: 'succeeded', output, metrics }) }
  }
}

function problem(status: number, more: Record<string, unknown> = {}): FakeAnswer {
  return { status, body: { title: 'Words', detail: 'words of the provider', status, ...more } }
}

const create = (credentials: { key: string; baseUrl: string }, send: Send) =>
  createReplicate(credentials, send, { pause: async () => undefined })

testProvider('Replicate', {
  create,
  basePath: '/v1',
  spec,
  imagesMax: 4,
  succeed,
  noPicture: 'yes',
  refuse:
    (baseUrl) =>
    ({ method }) => ({
      status: method === 'POST' ? 201 : 200,
      body: prediction(
        baseUrl,
        method === 'POST' ? {} : { status: 'failed', error: 'flagged as sensitive (E005)' },
      ),
    }),
  wrongKey: problem(401),
  rateLimited: { answer: problem(429, { retry_after: 5 }), waitMs: 5_000 },
  outOfCredit: problem(402),
  unknownModel: problem(404),
  badInput: problem(422, { invalid_fields: [] }),
  down: problem(500),
})

describe('the wire of Replicate', () => {
  const { server, http } = useFakeServer()
  let baseUrl: string
  beforeEach(() => {
    baseUrl = `${server.origin}/v1`
    server.answerWith(succeed(picturesOf(1), baseUrl))
  })
  const replicate = () => create({ key: 'r8_key', baseUrl }, http.send)
  const sentJson = () =>
    JSON.parse(server.seen.find(({ path }) => path.endsWith('/predictions'))?.body.toString() ?? '')
  /** The end of a prediction that has reached this state. */
  const endOf = (change: Record<string, unknown>) => {
    server.answerWith(() => ({ status: 200, body: prediction(baseUrl, change) }))
    return replicate().poll!('p1', callOf(spec))
  }

  test('a submit sends the input in the names of the model, and where to call back', async () => {
    await replicate().start(
      callOf(spec, { width: 1344, height: 768, n: 2, seed: 3, steps: 4, format: 'jpeg' }, { callbackUrl }),
    )
    expect(server.seen[0]?.path).toBe('/v1/models/black-forest-labs/flux-schnell/predictions')
    expect(sentJson()).toEqual({
      input: {
        prompt: 'a lighthouse at dusk',
        aspect_ratio: '16:9',
        num_outputs: 2,
        seed: 3,
        num_inference_steps: 4,
        output_format: 'jpg',
      },
      webhook: callbackUrl,
      webhook_events_filter: ['completed'],
    })
  })

  test('the id is handed back at once, also when the prediction has already ended', async () => {
    server.answerWith(() => ({ status: 201, body: prediction(baseUrl, { status: 'failed', error: 'E005' }) }))
    expect(await replicate().start(callOf(spec))).toEqual({
      kind: 'accepted',
      providerRef: 'p1',
      pollAfterMs: 0,
    })
  })

  test.each([
    ['a string', (urls: string[]) => urls[0]],
    ['a list', (urls: string[]) => urls],
    ['an object', (urls: string[]) => ({ images: urls })],
  ])('an output that is %s brings its picture', async (_, shape) => {
    server.answerWith(succeed(picturesOf(1), baseUrl, shape))
    const { images, usage } = await run(replicate(), callOf(spec))
    expect(images.map((image) => Buffer.from(image))).toEqual(picturesOf(1))
    expect(usage).toEqual({ seconds: 1.5 })
  })

  test('small inputs travel as data URLs, large ones are uploaded first', async () => {
    const file = `${baseUrl}/files/f1`
    server.answerWith(({ path }) =>
      path.endsWith('/files')
        ? { status: 201, body: { id: 'f1', urls: { get: file } } }
        : { status: 201, body: prediction(baseUrl) },
    )
    const request = { operation: 'edit' as const, images: [inputImage(900, 900)] }
    const mask = await maskOf([0, 255])
    const inputs = { images: [Buffer.alloc(300_000, 7)], mask }
    await replicate().start(callOf(spec, request, inputs))
    expect(sentJson().input).toMatchObject({
      image: file,
      mask: `data:image/png;base64,${mask.toString('base64')}`,
    })
    expect(sentJson().input).not.toHaveProperty('aspect_ratio')
  })

  test('a model is added by data alone: where it is, what it calls things, how its mask is painted', async () => {
    const own = modelSpecSchema.parse({
      ...spec,
      model: 'own-fill',
      qualities: ['high'],
      steps: { min: 1, max: 50, default: 20 },
      wire: {
        version: 'b'.repeat(64),
        prompt_field: 'text',
        sizing: 'size',
        size_field: 'resolution',
        seed_field: 'random_seed',
        steps_field: 'steps',
        quality_field: 'quality',
        format_field: 'format',
        format_jpeg: 'jpeg',
        outputs: 'count',
        image_field: 'images',
        image_list: 'true',
        mask_field: 'inpaint_mask',
        mask_edits: 'black',
        input: '{"go_fast": true, "count": 9}',
      },
    })
    const asked = { width: 1344, height: 768, n: 2, seed: 3, steps: 4, format: 'jpeg' as const }
    const common = { text: 'a lighthouse at dusk', count: 2, random_seed: 3, steps: 4, quality: 'high' }
    await replicate().start(callOf(own, asked, { quality: 'high' }))
    expect(server.seen[0]?.path).toBe('/v1/predictions')
    expect(sentJson()).toEqual({
      version: 'b'.repeat(64),
      input: { ...common, resolution: '16:9', format: 'jpeg', go_fast: true },
    })
    server.seen.splice(0)
    const edit = { operation: 'edit' as const, images: [inputImage(2, 1)] }
    await replicate().start(callOf(own, edit, { images: picturesOf(1), mask: await maskOf([0, 255]) }))
    const { images, inpaint_mask } = sentJson().input
    expect(images).toHaveLength(1)
    const sent = await sharp(Buffer.from(inpaint_mask.split(',')[1], 'base64'))
      .toColourspace('b-w')
      .raw()
      .toBuffer()
    expect([...sent]).toEqual([255, 0])
  })

  test('an own deployment has its own place', async () => {
    await replicate().start(callOf({ ...spec, wire: { deployment: 'me/mine', sizing: 'aspect_ratio' } }))
    expect(server.seen[0]?.path).toBe('/v1/deployments/me/mine/predictions')
  })

  test.each([
    [{ sizing: 'by-eye' }, {}],
    [{ input: '{' }, {}],
    [{ seed_field: '' }, { seed: 1 }],
    [{ format_field: '' }, { format: 'jpeg' as const }],
    [{ owner: '../files' }, {}],
  ])('a mapping %o that cannot say %o is a fault of the catalogue: nothing is sent', async (wire, asked) => {
    const call = callOf({ ...spec, wire: { ...spec.wire, ...wire } }, asked)
    expect(await failureOf(replicate().start(call))).toMatchObject({ code: 'provider_config', billed: 'no' })
    expect(server.seen).toEqual([])
  })

  test('a failed upload costs nothing, and nothing is submitted', async () => {
    server.answerWith(() => ({ status: 502, body: '<html>' }))
    const request = { operation: 'edit' as const, images: [inputImage(900, 900)] }
    const error = await failureOf(
      replicate().start(callOf(spec, request, { images: [Buffer.alloc(300_000)] })),
    )
    expect(error).toMatchObject({ code: 'provider_down', billed: 'no' })
    expect(server.seen).toHaveLength(1)
  })

  test.each([
    [{ status: 'failed', error: 'NSFW content detected. Try another prompt.' }, 'content_policy', 'no'],
    [{ status: 'failed', error: 'The input was flagged as sensitive (E005)' }, 'content_policy', 'no'],
    [{ status: 'failed', error: 'CUDA out of memory' }, 'provider_down', 'no'],
    [{ status: 'canceled' }, 'provider_down', 'no'],
    [{ status: 'aborted' }, 'provider_down', 'no'],
    [{ status: 'succeeded', output: null, data_removed: true }, 'bad_answer', 'yes'],
    [{ status: 'succeeded', output: ['https://169.254.169.254/latest'] }, 'bad_answer', 'yes'],
    [{ status: 'succeeded', output: ['https://replicate.delivery.evil.example/x.png'] }, 'bad_answer', 'yes'],
    [{ status: 'succeeded', output: ['http://replicate.delivery/x.png'] }, 'bad_answer', 'yes'],
  ])('a prediction that ends as %o: %s, billed: %s', async (change, code, billed) => {
    expect(await failureOf(endOf(change))).toMatchObject({ code, billed })
    expect(server.seen).toHaveLength(1)
  })

  test.each<[string, FakeAnswer, string]>([
    ['404', problem(404), 'provider_config'],
    ['429', problem(429), 'rate_limited'],
    ["a gateway's 502", { status: 502, body: '<html>' }, 'provider_down'],
    ['a reset', 'reset', 'provider_down'],
    ['a new word for the state', { status: 200, body: { id: 'p1', status: 'paused' } }, 'bad_answer'],
  ])('asking that fails (%s) says nothing of the call: it stays unknown', async (_, answer, code) => {
    server.answerWith(() => answer)
    expect(await failureOf(replicate().poll!('p1', callOf(spec)))).toMatchObject({ code, billed: 'unknown' })
  })

  test('a download that fails is tried again, for it is free and the picture is paid', async () => {
    const [bytes] = picturesOf(1)
    const good = succeed([bytes!], baseUrl)
    let faults = 2
    server.answerWith((request) => (request.path.includes('/out/') && faults-- > 0 ? 'reset' : good(request)))
    expect((await run(replicate(), callOf(spec))).images).toHaveLength(1)
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('a picture that stays out of reach leaves the call unknown; one that is gone is billed', async () => {
    const good = succeed(picturesOf(1), baseUrl)
    let answer: FakeAnswer = 'reset'
    server.answerWith((request) => (request.path.includes('/out/') ? answer : good(request)))
    expect(await failureOf(run(replicate(), callOf(spec)))).toMatchObject({ billed: 'unknown' })
    answer = problem(404)
    expect(await failureOf(run(replicate(), callOf(spec)))).toMatchObject({
      code: 'bad_answer',
      billed: 'yes',
    })
  })

  test('the key goes to no other host', async () => {
    const seen: Record<string, string>[] = []
    const spy: Send = async (request) => {
      if (new URL(request.url).hostname === 'x.replicate.delivery') {
        seen.push(request.headers)
        return { status: 200, headers: {}, body: Buffer.from('picture') }
      }
      return http.send(request)
    }
    const output = 'https://x.replicate.delivery/a.png'
    server.answerWith(() => ({ status: 200, body: prediction(baseUrl, { status: 'succeeded', output }) }))
    await create({ key: 'r8_key', baseUrl }, spy).poll!('p1', callOf(spec))
    expect(seen).toEqual([{}])
  })

  test.skipIf(!specsExist)(
    'requests and sample answers fit the official document (needs ../shared)',
    async () => {
      const check = openSpec('replicate.openapi.json')
      await replicate().start(callOf(spec, { n: 2, seed: 3 }, { callbackUrl }))
      expect(check('/components/schemas/schemas_prediction_request', sentJson())).toEqual([])
      expect(check('/components/schemas/schemas_prediction_response', prediction(baseUrl))).toEqual([])
    },
  )
})
