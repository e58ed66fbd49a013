import { type HostPreset, hostPresetSchema } from '@halftone/contracts'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { createProviders } from '../registry.ts'
import { type FakeAnswer, readForm } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, inputImage, specOf } from '../testing/sample-call.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createOpenAiCompatible } from './openai-compatible.ts'

const spec = specOf({ provider: 'host', model: 'flux' })
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const preset = (own: Partial<Record<keyof HostPreset, unknown>> = {}) => hostPresetSchema.parse(own)
const editing = preset({ edit: {}, fields: { quality: null, seed: 'seed' } })

function images(pictures: Uint8Array[]) {
  return { created: '1790000000', data: pictures.map((bytes) => ({ b64_json: base64(bytes), url: null })) }
}

function error(status: number, code: string | number | null, headers?: Record<string, string>) {
  return {
    status,
    headers,
    body: { error: { message: 'words of the host', type: 'x', param: '', code } },
  } satisfies FakeAnswer
}

testProvider('A host that speaks like OpenAI', {
  create: (credentials, send) =>
    createOpenAiCompatible({ id: 'host', name: 'Host', preset: editing }, credentials, send),
  basePath: '/v1',
  spec,
  imagesMax: 3,
  succeed: (pictures) => () => ({ status: 200, body: images(pictures) }),
  noPicture: 'unknown',
  bill: {},
  edit: { request: { operation: 'edit', images: [inputImage(8, 8)] }, inputs: { images: picturesOf(1) } },
  refuse: () => () => error(400, 'content_policy_violation'),
  wrongKey: { status: 401, body: '"Invalid token"' },
  rateLimited: {
    answer: { status: 429, headers: { 'retry-after': '2' }, body: { message: 'RPM', data: null } },
    waitMs: 2_000,
  },
  outOfCredit: error(429, 'insufficient_quota'),
  unknownModel: error(404, 'model_not_found'),
  badInput: { status: 400, body: { code: 20_012, message: 'bad', data: null } },
  down: error(503, null),
})

describe('a preset is data', () => {
  const { server, http, sentJson } = useFakeServer()
  const using = (own: Parameters<typeof preset>[0]) =>
    createOpenAiCompatible(
      { id: 'host', name: 'Host', preset: preset(own) },
      { key: 'sk-host', baseUrl: `${server.origin}/v1` },
      http.send,
    )
  const say = (body: unknown, headers?: Record<string, string>) =>
    server.answerWith(() => ({ status: 200, headers, body }))

  test('a host nobody has heard of is bought from by data alone: key, names, place of the picture, price', async () => {
    const made = {
      id: 'acme',
      name: 'Acme',
      preset: preset({
        auth: { header: 'x-acme-key', prefix: '' },
        headers: { 'x-acme-retries': '0' },
        paths: { generate: '/draw' },
        fields: { n: 'count', size: { width: 'w', height: 'h' }, quality: null, seed: 'dice' },
        fixed: { safe: true },
        answer: { list: 'output.pictures', base64: 'bytes', order: 'place' },
        cost: { in: 'body', name: 'bill.credits', unit_usd: '0.001' },
      }),
    }
    const [first, second] = picturesOf(2)
    say({
      output: {
        pictures: [
          { place: 1, bytes: base64(second!) },
          { place: 0, bytes: base64(first!) },
        ],
      },
      bill: { credits: 44.5 },
    })
    const acme = createProviders({ acme: { key: 'k', baseUrl: `${server.origin}/v9` } }, http, [made]).get(
      'acme',
    )
    if (!acme) throw new Error('no adapter')
    const result = await run(acme, callOf(spec, { n: 2, seed: 7 }))
    expect(server.seen[0]).toMatchObject({
      path: '/v9/draw',
      headers: { 'x-acme-key': 'k', 'x-acme-retries': '0' },
    })
    expect(sentJson()).toEqual({
      safe: true,
      model: 'flux',
      prompt: 'a lighthouse at dusk',
      count: 2,
      w: 1_024,
      h: 1_024,
      dice: 7,
    })
    expect(result.images.map((bytes) => Buffer.from(bytes))).toEqual([first, second])
    expect(result.usage).toEqual({ reported: 44_500_000n })
  })

  test.each([
    ['no number', { fields: { n: null } }, { n: 2 }],
    ['no seed', {}, { seed: 7 }],
    ['no steps', {}, { steps: 20 }],
    ['no modes', {}, { mode: 'turbo' as const }],
    ['no background', {}, { background: 'opaque' as const }],
    ['no compression', {}, { outputCompression: 80 }],
    ['no moderation', {}, { moderation: 'low' as const }],
    ['no fidelity', {}, { inputFidelity: 'low' as const }],
    ['no edits', {}, { operation: 'edit' as const }],
  ])('a host that has %s is not asked for it, nor is it dropped', async (_, own, asked) => {
    expect(await failureOf(using(own).start(callOf(spec, asked)))).toMatchObject({
      code: 'provider_config',
      billed: 'no',
    })
    expect(server.seen).toHaveLength(0)
  })

  test('OpenAI’s own settings go by the host’s names for them', async () => {
    say(images(picturesOf(1)))
    const fields = { background: 'bg', compression: 'percent', moderation: 'filter', fidelity: 'keep' }
    const asked = {
      background: 'opaque',
      outputCompression: 80,
      moderation: 'low',
      inputFidelity: 'low',
    } as const
    await run(using({ fields }), callOf(spec, asked))
    expect(sentJson()).toMatchObject({ bg: 'opaque', percent: 80, filter: 'low', keep: 'low' })
  })

  test.each([
    ['base64', (bytes: Buffer) => ({ data: [{ b64_json: base64(bytes) }] })],
    ['a data URI', (bytes: Buffer) => ({ data: [{ url: `data:image/png;base64,${base64(bytes)}` }] })],
    ['a text in the list', (bytes: Buffer) => ({ data: [`data:image/png;base64,${base64(bytes)}`] })],
    ['a single object', (bytes: Buffer) => ({ data: { b64_json: base64(bytes) } })],
    ['a link', () => ({ data: [{ url: `${server.origin}/files/a.png`, b64_json: null }] })],
  ])('the picture is found where it is %s', async (_, body) => {
    const [picture] = picturesOf(1)
    server.answerWith(({ method }) => ({ status: 200, body: method === 'POST' ? body(picture!) : picture }))
    const { images } = await run(using({}), callOf(spec))
    expect(Buffer.from(images[0]!)).toEqual(picture)
    for (const request of server.seen.slice(1)) expect(request.headers).not.toHaveProperty('authorization')
  })

  test.each([
    'http://127.0.0.1:9/x.png',
    'https://cdn.example.test/x.png',
    'http://user:pw@127.0.0.1/x.png',
    'https://evilhost.test/x.png',
  ])('a link to a host that the preset does not name is not followed: %s', async (url) => {
    say({ data: [{ url }] })
    const error = await failureOf(run(using({ download_hosts: ['*.host.test'] }), callOf(spec)))
    expect(error).toMatchObject({ code: 'bad_answer', billed: 'yes' })
    expect(server.seen).toHaveLength(1)
  })

  test.each([
    ['transparent', [255, 0]],
    ['white', [0, 255]],
    ['black', [255, 0]],
  ] as const)('the same mask where a host repaints what is %s', async (edits, expected) => {
    say(images(picturesOf(1)))
    const mask = await sharp(Buffer.from([60, 200]), { raw: { width: 2, height: 1, channels: 1 } })
      .png()
      .toBuffer()
    const inputs = { images: picturesOf(1), mask }
    await run(
      using({ edit: { mask: { edits } } }),
      callOf(spec, { operation: 'edit', images: [inputImage(2, 1)] }, inputs),
    )
    const file = (await readForm(server.seen[0]!)).get('mask')
    if (!(file instanceof File)) throw new Error('the mask is not a file')
    const pixels = sharp(await file.bytes())
    const channel = edits === 'transparent' ? pixels.extractChannel('alpha') : pixels.extractChannel(0)
    expect([...(await channel.raw().toBuffer())]).toEqual(expected)
  })

  test('edits may go as JSON, with data URIs', async () => {
    say(images(picturesOf(1)))
    const edit = { path: '/images/generations', body: 'json', image: 'image_url', images: null, mask: null }
    await run(
      using({ edit }),
      callOf(spec, { operation: 'edit', images: [inputImage(8, 8)] }, { images: picturesOf(1) }),
    )
    expect(server.seen[0]?.path).toBe('/v1/images/generations')
    expect(sentJson().image_url).toMatch(/^data:image\/png;base64,/)
  })

  test('an error inside of a 200 is an error, and the preset says what it means', async () => {
    say(error(400, 'busy').body)
    const own = { errors: [{ code: 'busy', as: 'provider_down' }] }
    expect(await failureOf(run(using(own), callOf(spec)))).toMatchObject({
      code: 'provider_down',
      billed: 'no',
    })
  })

  test('a task to ask for later is nothing that we can follow: it may be paid', async () => {
    say({ task_id: 'task_1', status: 'queued' })
    expect(await failureOf(run(using({}), callOf(spec)))).toMatchObject({
      code: 'bad_answer',
      billed: 'unknown',
    })
  })
})
