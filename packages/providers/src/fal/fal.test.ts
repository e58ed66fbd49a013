import { beforeEach, describe, expect, test } from 'vitest'
import type { Send } from '../http.ts'
import type { FakeAnswer, Responder } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, maskOf, specOf } from '../testing/sample-call.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createFal } from './fal.ts'

const range = { kind: 'range' as const, multiple_of: 16, min_edge: 256, max_edge: 1536 }
/** Two levels and right as it is: it is sent as it is. */
const white = Buffer.from(await maskOf([0, 255]))

const spec = specOf({
  provider: 'fal',
  model: 'fal-ai/flux/dev',
  operations: {
    generate: { sizes: range, n_max: 4, mask: 'none', images_max: 0 },
    edit: {
      sizes: { kind: 'same_as_input', min_edge: 64, max_pixels: 4_000_000 },
      n_max: 4,
      mask: 'optional',
      images_max: 1,
    },
  },
  steps: { min: 1, max: 50, default: 28 },
  wire: {
    endpoint: 'fal-ai/flux/dev',
    sizing: 'image_size',
    outputs: 'num_images',
    format_field: 'output_format',
    image_field: 'image_url',
    mask_field: 'mask_url',
  },
})
const callbackUrl = 'https://halftone.example/in/fal?attempt=att_1'

const submitted = (baseUrl: string, change: Record<string, unknown> = {}) => ({
  status: 'IN_QUEUE',
  request_id: 'r1',
  gateway_request_id: 'g1',
  response_url: `${baseUrl}/fal-ai/flux/requests/r1`,
  status_url: `${baseUrl}/fal-ai/flux/requests/r1/status`,
  cancel_url: `${baseUrl}/fal-ai/flux/requests/r1/cancel`,
  queue_position: 0,
  ...change,
})
const output = (urls: string[], change: Record<string, unknown> = {}) => ({
  images: urls.map((url) => ({ url, width: 1024, height: 1024, content_type: 'image/png' })),
  seed: 1,
  has_nsfw_concepts: urls.map(() => false),
  prompt: 'a',
  ...change,
})

/** Submit, one poll that is still running, the end, the result, and the pictures at the same host. */
function succeed(pictures: Uint8Array[], baseUrl: string, result?: FakeAnswer): Responder {
  let polls = 0
  const urls = pictures.map((_, index) => `${baseUrl}/files/${index}.png`)
  return ({ method, path }) => {
    if (method === 'POST') return { status: 200, body: submitted(baseUrl) }
    const file = /\/files\/(\d+)\.png$/.exec(path)?.[1]
    if (file !== undefined) return { status: 200, body: pictures[Number(file)] }
    if (!path.endsWith('/status'))
      return result ?? { status: 200, headers: { 'x-fal-billable-units': '0.984375' }, body: output(urls) }
    if (polls++ === 0) return { status: 202, body: { status: 'IN_PROGRESS', logs: [] } }
    const response_url = `${baseUrl}/fal-ai/flux/requests/r1`
    return { status: 200, body: { status: 'COMPLETED', response_url, metrics: { inference_time: 1 } } }
  }
}

const typed = (type: string) => [{ loc: ['body', 'prompt'], msg: 'words', type }]
const problem = (status: number, detail: unknown, headers?: Record<string, string>): FakeAnswer => ({
  status,
  body: { detail },
  headers,
})
const create = (credentials: { key: string; baseUrl: string }, send: Send) =>
  createFal(credentials, send, { pause: async () => undefined })

testProvider('fal', {
  create,
  basePath: '/queue',
  spec,
  imagesMax: 4,
  succeed,
  noPicture: 'yes',
  bill: { units: '0.984375' },
  edit: {
    request: { operation: 'edit', images: [inputImage(64, 64)] },
    inputs: { images: picturesOf(1), mask: white },
  },
  cancel: { status: 202, body: { status: 'CANCELLATION_REQUESTED' } },
  refuse: (baseUrl) =>
    succeed([], baseUrl, problem(422, typed('content_policy_violation'), { 'x-fal-billable-units': '0' })),
  wrongKey: problem(401, 'Cannot access application'),
  rateLimited: { answer: problem(429, 'Too many requests', { 'retry-after': '2' }), waitMs: 2_000 },
  outOfCredit: problem(403, 'User is locked. Reason: Exhausted balance.'),
  unknownModel: problem(404, 'Application not found'),
  badInput: problem(422, typed('missing')),
  down: problem(503, 'No runner could be allocated'),
})

describe('the wire of fal', () => {
  const { server, http, sentJson } = useFakeServer()
  let baseUrl: string
  beforeEach(() => {
    baseUrl = `${server.origin}/queue`
    server.answerWith(succeed(picturesOf(1), baseUrl))
  })
  const fal = (send: Send = http.send) => create({ key: 'id:secret', baseUrl }, send)
  const resultOf = (result: FakeAnswer) => {
    server.answerWith(succeed([], baseUrl, result))
    return run(fal(), callOf(spec))
  }

  test('a submit sends the input in the names of the model, the word Key, and no retries of theirs', async () => {
    await fal().start(
      callOf(spec, { width: 1344, height: 768, n: 2, seed: 3, steps: 4, format: 'jpeg' }, { callbackUrl }),
    )
    expect(server.seen[0]).toMatchObject({
      path: `/queue/fal-ai/flux/dev?fal_webhook=${encodeURIComponent(callbackUrl)}`,
      headers: { authorization: 'Key id:secret', 'x-fal-no-retry': '1' },
    })
    expect(sentJson()).toEqual({
      prompt: 'a lighthouse at dusk',
      image_size: { width: 1344, height: 768 },
      num_images: 2,
      seed: 3,
      num_inference_steps: 4,
      output_format: 'jpeg',
    })
  })

  test('status and result are asked for where the submit said, without the sub-path; units are the bill', async () => {
    const { usage } = await run(fal(), callOf(spec))
    expect(usage).toEqual({ units: '0.984375' })
    const paths = server.seen.filter(({ method, path }) => method === 'GET' && !path.includes('/files/'))
    expect(paths.map(({ path }) => path)).toEqual([
      '/queue/fal-ai/flux/requests/r1/status',
      '/queue/fal-ai/flux/requests/r1/status',
      '/queue/fal-ai/flux/requests/r1',
    ])
  })

  test('a lost submit is followed by the id that its webhook named, at the queue of its app', async () => {
    server.answerWith(succeed([new Uint8Array([1])], baseUrl))
    await fal().poll?.('0fe3d72b-b73a-40ae', callOf(spec))
    expect(server.seen.at(-1)?.path).toMatch('/fal-ai/flux/requests/0fe3d72b-b73a-40ae/status')
  })

  test('a status URL at a place that is not theirs gets no key: the request is asked for at home', async () => {
    const refOf = async (status_url: unknown) => {
      server.answerWith(() => ({ status: 200, body: submitted(baseUrl, { status_url }) }))
      const started = await fal().start(callOf(spec))
      return started.kind === 'accepted' && started.providerRef
    }
    expect(await refOf('https://queue.fal.run/fal-ai/flux/requests/r1/status')).toContain(
      'https://queue.fal.run/',
    )
    for (const url of ['https://fal.run.evil.example/x/status', 'http://queue.fal.run/x/status', null])
      expect(await refOf(url)).toBe(`${baseUrl}/fal-ai/flux/requests/r1/status`)
  })

  test.each<[string, FakeAnswer, string, string]>([
    [
      'a refusal, free',
      problem(422, typed('content_policy_violation'), { 'x-fal-billable-units': '0' }),
      'content_policy',
      'no',
    ],
    [
      'a refusal, at the default units',
      problem(422, typed('content_policy_violation')),
      'content_policy',
      'yes',
    ],
    [
      'bad input, free',
      problem(422, typed('image_too_small'), { 'x-fal-billable-units': '0' }),
      'invalid_request',
      'no',
    ],
    ['nothing made', problem(422, typed('no_media_generated')), 'bad_answer', 'yes'],
    [
      'a detail that is a sentence',
      problem(400, 'bad', { 'x-fal-billable-units': '0' }),
      'invalid_request',
      'no',
    ],
    ['a fault', problem(500, typed('internal_server_error')), 'provider_down', 'no'],
    [
      'a timeout of theirs',
      { status: 504, body: { detail: 'x', error_type: 'request_timeout' } },
      'provider_down',
      'no',
    ],
    [
      'a cancel',
      { status: 499, body: { detail: 'x', error_type: 'client_cancelled' } },
      'provider_down',
      'no',
    ],
  ])('a result that is %s', async (_, answer, code, billed) => {
    expect(await failureOf(resultOf(answer))).toMatchObject({ code, billed })
  })

  test('a blackened picture is a refusal that is billed by its units', async () => {
    const body = output(['https://v3.fal.media/files/a.png'], { has_nsfw_concepts: [true] })
    const failed = await failureOf(resultOf({ status: 200, body, headers: { 'x-fal-billable-units': '1' } }))
    expect(failed).toMatchObject({ code: 'content_policy', billed: 'yes', usage: { units: '1' } })
  })

  test.each<[string, FakeAnswer]>([
    ['a wrong key', problem(401, 'x')],
    ['404', problem(404, 'x')],
    ['429', problem(429, 'x')],
    ["a gateway's 502", { status: 502, body: '<html>' }],
    ['a reset', 'reset'],
    ['a new word for the state', { status: 200, body: { status: 'FAILED' } }],
  ])('asking that fails (%s) says nothing of the call: it stays unknown', async (_, answer) => {
    server.answerWith(() => answer)
    const ref = `${baseUrl}/fal-ai/flux/requests/r1/status`
    expect(await failureOf(fal().poll!(ref, callOf(spec)))).toMatchObject({ billed: 'unknown' })
  })

  test('an output that is one picture brings it, and no key goes to where pictures lie', async () => {
    const good = succeed(picturesOf(1), baseUrl)
    const image = { url: `${baseUrl}/files/0.png` }
    server.answerWith((request) =>
      request.path.endsWith('/r1') ? { status: 200, body: { image } } : good(request),
    )
    expect((await run(fal(), callOf(spec))).images).toEqual(picturesOf(1))
    expect(server.seen.at(-1)?.headers).not.toHaveProperty('authorization')
  })

  test('a cancel goes to the request, by PUT; one that came too late is no failure', async () => {
    server.answerWith(() => ({ status: 400, body: { status: 'ALREADY_COMPLETED' } }))
    await fal().cancel!(`${baseUrl}/fal-ai/flux/requests/r1/status`, new AbortController().signal)
    expect(server.seen[0]).toMatchObject({ method: 'PUT', path: '/queue/fal-ai/flux/requests/r1/cancel' })
    server.answerWith(() => problem(404, 'x'))
    const cancel = fal().cancel!(`${baseUrl}/fal-ai/flux/requests/r1/status`, new AbortController().signal)
    expect(await failureOf(cancel)).toMatchObject({ billed: 'unknown' })
  })

  test.each([
    { mode: 'turbo' as const },
    { operation: 'edit' as const, images: [inputImage(8, 8), inputImage(8, 8)] },
  ])('what the wire has no words for is refused unsent, never dropped: %o', async (asked) => {
    const call = callOf(spec, asked, { images: asked.images ? picturesOf(2) : [] })
    expect(await failureOf(fal().start(call))).toMatchObject({ code: 'provider_config', billed: 'no' })
    expect(server.seen).toHaveLength(0)
  })
})
