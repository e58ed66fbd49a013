import { beforeEach, describe, expect, test } from 'vitest'
import type { Send } from '../http.ts'
import type { FakeAnswer, Responder } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, maskOf, specOf } from '../testing/sample-call.ts'
import { openSpec, specsExist } from '../testing/specs.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createBfl } from './bfl.ts'

const range = { kind: 'range' as const, multiple_of: 16, min_edge: 64, max_edge: 2048, max_pixels: 4_194_304 }
const sameAsInput = { kind: 'same_as_input' as const, min_edge: 64, max_pixels: 4_194_304 }
/** Two levels and right as it is: it is sent as it is. */
const white = Buffer.from(await maskOf([0, 255]))

const spec = specOf({
  provider: 'bfl',
  model: 'flux-2-pro',
  operations: {
    generate: { sizes: range, n_max: 1, mask: 'none', images_max: 0 },
    edit: { sizes: range, n_max: 1, mask: 'none', images_max: 8 },
  },
  formats: ['png', 'jpeg', 'webp'],
  wire: { endpoint: 'flux-2-pro', sizing: 'width_height', image_field: 'input_image', images_max: '8' },
})
const masked = specOf({
  ...spec,
  operations: { edit: { sizes: sameAsInput, n_max: 1, mask: 'optional', images_max: 1 } },
  steps: { min: 15, max: 50, default: 50 },
  wire: {
    endpoint: 'flux-pro-1.0-fill',
    image_field: 'image',
    mask_field: 'mask',
    prompt_upsampling: 'false',
  },
})

const submitted = (baseUrl: string, change: Record<string, unknown> = {}) => ({
  id: 't1',
  polling_url: `${baseUrl}/get_result?id=t1&region=us1`,
  cost: 4.5,
  input_mp: 1,
  output_mp: 1,
  ...change,
})
const task = (status: string, change: Record<string, unknown> = {}) => ({ id: 't1', status, ...change })
const ready = (sample: string) =>
  task('Ready', { result: { sample, prompt: 'a', seed: 1, start_time: 1, end_time: 2, duration: 1 } })

/** Submit, one poll that is still running, the end, and the picture at the same host. */
function succeed(pictures: Uint8Array[], baseUrl: string): Responder {
  let polls = 0
  return ({ method, path }) => {
    if (method === 'POST') return { status: 200, body: submitted(baseUrl) }
    if (path.includes('/sample/')) return { status: 200, body: pictures[0] }
    if (polls++ === 0) return { status: 200, body: task('Pending', { progress: 0.5 }) }
    return {
      status: 200,
      body: pictures.length > 0 ? ready(`${baseUrl}/sample/t1.png`) : task('Ready', { result: null }),
    }
  }
}

const problem = (status: number, detail: unknown = 'words of the provider'): FakeAnswer => ({
  status,
  body: { detail },
})
const create = (credentials: { key: string; baseUrl: string }, send: Send) =>
  createBfl(credentials, send, { pause: async () => undefined })

testProvider('Black Forest Labs', {
  create,
  basePath: '/v1',
  spec,
  imagesMax: 1,
  succeed,
  noPicture: 'yes',
  bill: { reported: 45_000_000n },
  edit: { request: { operation: 'edit', images: [inputImage(64, 64)] }, inputs: { images: picturesOf(1) } },
  refuse:
    (baseUrl) =>
    ({ method }) => ({
      status: 200,
      body: method === 'POST' ? submitted(baseUrl) : task('Request Moderated'),
    }),
  wrongKey: problem(403, 'Not authenticated'),
  rateLimited: { answer: problem(429), waitMs: null },
  outOfCredit: problem(402),
  unknownModel: problem(404, 'Not Found'),
  badInput: problem(422, [{ loc: ['body', 'width'], msg: 'too small', type: 'value_error' }]),
  down: problem(503),
})

describe('the wire of Black Forest Labs', () => {
  const { server, http, sentJson } = useFakeServer()
  let baseUrl: string
  beforeEach(() => {
    baseUrl = `${server.origin}/v1`
    server.answerWith(succeed(picturesOf(1), baseUrl))
  })
  const bfl = (send: Send = http.send) => create({ key: 'bfl_key', baseUrl }, send)
  const refOf = (answer: Record<string, unknown>) => {
    server.answerWith(() => ({ status: 200, body: answer }))
    return bfl()
      .start(callOf(spec))
      .then((started) => (started.kind === 'accepted' ? started.providerRef : ''))
  }
  const endOf = (body: unknown, ref = `${baseUrl}/get_result?id=t1#cost=3`, status = 200) => {
    server.answerWith(() => ({ status, body }))
    return bfl().poll!(ref, callOf(spec))
  }

  test('the model is the path, and the key has its own header', async () => {
    await run(bfl(), callOf(spec, { width: 1360, height: 768, seed: 3, format: 'webp' }))
    expect(server.seen[0]).toMatchObject({ path: '/v1/flux-2-pro', headers: { 'x-key': 'bfl_key' } })
    expect(sentJson()).toEqual({
      prompt: 'a lighthouse at dusk',
      width: 1360,
      height: 768,
      seed: 3,
      output_format: 'webp',
    })
  })

  test('the polling URL is followed as it was given, and the cost of the submit is the bill', async () => {
    const { usage } = await run(bfl(), callOf(spec))
    expect(usage).toEqual({ reported: 45_000_000n })
    expect(server.seen[1]?.path).toBe('/v1/get_result?id=t1&region=us1')
  })

  test('what is kept names a place of theirs: a foreign one gets no key', async () => {
    const region = 'https://api.us1.bfl.ai/v1/get_result?id=t1'
    expect(await refOf(submitted(baseUrl, { polling_url: region }))).toBe(`${region}#cost=4.5`)
    const home = `${baseUrl}/get_result?id=t1`
    for (const polling_url of ['https://bfl.ai.evil.example/x', 'http://api.bfl.ai/x', 'nonsense', undefined])
      expect(await refOf(submitted(baseUrl, { polling_url, cost: null }))).toBe(home)
    expect(await refOf({ id: 't1', status: 'Pending', webhook_url: 'https://x.example', cost: 3 })).toBe(
      `${home}#cost=3`,
    )
    server.seen.splice(0)
    const failed = await failureOf(bfl().poll!('https://evil.example/get_result?id=t1', callOf(spec)))
    expect(failed).toMatchObject({ billed: 'unknown' })
    expect(server.seen).toHaveLength(0)
  })

  test.each([
    ['Request Moderated', 'content_policy', 'no'],
    ['Content Moderated', 'content_policy', 'yes'],
    ['Error', 'provider_down', 'no'],
    ['Failed', 'provider_down', 'no'],
    ['Task not found', 'provider_down', 'unknown'],
    ['A New Word', 'bad_answer', 'unknown'],
  ])('a task that is "%s": %s, billed: %s', async (status, code, billed) => {
    expect(await failureOf(endOf(task(status)))).toMatchObject({ code, billed })
    expect(await failureOf(endOf({ id: 't1', state: status }))).toMatchObject({ code, billed })
  })

  test('a withheld picture owes what the submit said', async () => {
    const failed = await failureOf(endOf(task('Content Moderated')))
    expect(failed.usage).toEqual({ reported: 30_000_000n })
  })

  test.each([
    ['404', 404],
    ['403', 403],
    ['429', 429],
    ['502', 502],
  ])('asking that fails (%s) says nothing of the call: it stays unknown', async (_, status) => {
    expect(await failureOf(endOf({ detail: 'x' }, undefined, status))).toMatchObject({ billed: 'unknown' })
  })

  test('a picture that has expired, or lies at a place that is not theirs, is billed and gone', async () => {
    for (const sample of ['http://169.254.169.254/latest', 'https://delivery.evil.example/x.png'])
      expect(await failureOf(endOf(ready(sample)))).toMatchObject({
        code: 'bad_answer',
        billed: 'yes',
        usage: { reported: 30_000_000n },
      })
    const good = succeed(picturesOf(1), baseUrl)
    server.answerWith((request) => (request.path.includes('/sample/') ? { status: 403 } : good(request)))
    expect(await failureOf(run(bfl(), callOf(spec)))).toMatchObject({ code: 'bad_answer', billed: 'yes' })
  })

  test('a picture that is out of reach for now is asked for again, and never with the key', async () => {
    const good = succeed(picturesOf(1), baseUrl)
    let faults = 2
    server.answerWith((request) =>
      request.path.includes('/sample/') && faults-- > 0 ? 'reset' : good(request),
    )
    expect((await run(bfl(), callOf(spec))).images).toHaveLength(1)
    for (const { path, headers } of server.seen)
      expect([path, headers['x-key']]).toEqual([path, path.includes('/sample/') ? undefined : 'bfl_key'])
  })

  test('references are numbered; more than the model takes are refused unsent', async () => {
    const request = { operation: 'edit' as const, images: [inputImage(64, 64), inputImage(64, 64)] }
    await run(bfl(), callOf(spec, request, { images: picturesOf(2) }))
    expect(Object.keys(sentJson())).toContain('input_image_2')
    const tooMany = callOf(spec, request, { images: picturesOf(9) })
    expect(await failureOf(bfl().start(tooMany))).toMatchObject({ code: 'provider_config', billed: 'no' })
  })

  test('an inpaint sends the white mask as it is, an outpaint its four sides', async () => {
    const request = {
      operation: 'edit' as const,
      width: 100,
      height: 80,
      images: [inputImage(100, 80)],
      steps: 20,
    }
    const inputs = { images: picturesOf(1), mask: white }
    await run(bfl(), callOf(masked, request, inputs))
    expect(sentJson()).toMatchObject({ mask: white.toString('base64'), steps: 20, prompt_upsampling: false })
    expect(sentJson()).not.toHaveProperty('width')
    server.seen.splice(0)
    server.answerWith(succeed(picturesOf(1), baseUrl))
    const grown = { ...request, width: 131, editKind: 'outpaint' }
    await run(bfl(), callOf(masked, grown, { images: picturesOf(1) }))
    expect(sentJson()).toMatchObject({ left: 15, right: 16, top: 0, bottom: 0 })
    const same = callOf(masked, { ...request, editKind: 'outpaint' }, inputs)
    expect(await failureOf(bfl().start(same))).toMatchObject({ code: 'invalid_request', billed: 'no' })
  })

  test.each([{ n: 2 }, { steps: 20 }, { mode: 'turbo' as const }])(
    'what the wire has no words for is refused unsent, never dropped: %o',
    async (asked) => {
      expect(await failureOf(bfl().start(callOf(spec, asked)))).toMatchObject({
        code: 'provider_config',
        billed: 'no',
      })
      expect(server.seen).toHaveLength(0)
    },
  )

  test.skipIf(!specsExist)(
    'requests and sample answers fit the official document (needs ../shared)',
    async () => {
      const check = openSpec('bfl-flux.openapi.json')
      const request = { operation: 'edit' as const, images: [inputImage(64, 64)], seed: 3 }
      await run(bfl(), callOf(spec, request, { images: picturesOf(1) }))
      expect(check('/components/schemas/Flux2Inputs', sentJson())).toEqual([])
      server.seen.splice(0)
      server.answerWith(succeed(picturesOf(1), baseUrl))
      await run(bfl(), callOf(masked, request, { images: picturesOf(1), mask: white }))
      expect(check('/components/schemas/FluxProFillInputs', sentJson())).toEqual([])
      expect(check('/components/schemas/AsyncResponse', submitted(baseUrl))).toEqual([])
      expect(check('/components/schemas/ResultResponse', ready('https://x.bfl.ai/a.png'))).toEqual([])
    },
  )
})
