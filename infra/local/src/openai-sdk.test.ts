import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSpec, specsExist } from '@halftone/providers/testing/specs'
import OpenAI, { toFile } from 'openai'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Stack, startStack } from './stack.ts'

const syncTimeoutMs = 4_000

let dir: string
let stack: Stack
let openai: OpenAI
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-openai-'))
  stack = await startStack({
    dir,
    port: 0,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HALFTONE_SIMULATE: '1',
      HALFTONE_SIM_LATENCY: '0',
      HALFTONE_SYNC_TIMEOUT: `${syncTimeoutMs}ms`,
    },
    say: () => {},
    onLine: () => {},
  })
  openai = new OpenAI({ baseURL: `${stack.api}/openai/v1`, apiKey: stack.key })
}, 90_000)
afterAll(async () => {
  await stack?.stop()
  await rm(dir, { recursive: true, force: true })
}, 30_000)

const square = { size: '1024x1024' } as const
const factsOf = async (base64: string | undefined) => {
  const { width, height, format, hasAlpha } = await sharp(Buffer.from(base64 ?? '', 'base64')).metadata()
  return { size: `${width}x${height}`, format, hasAlpha }
}
const control = (path: string, init: RequestInit & { body?: string } = {}) =>
  fetch(`${stack.simulator}${path}`, { ...init, headers: { 'content-type': 'application/json' } })
const fault = (body: object) => control('/faults', { method: 'POST', body: JSON.stringify(body) })
const purchases = async (): Promise<number> => {
  const books = await (await control('/books')).json()
  return z.object({ entries: z.array(z.unknown()) }).parse(books).entries.length
}
const failureOf = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OpenAI.APIError)) throw new Error(`no API error: ${error}`)
  const { status, code, type, param, message, headers } = error
  return { status, code, type, param, message, job: headers?.get('x-halftone-job-id') ?? null }
}

describe('the openai package, with nothing changed but its base URL', () => {
  test('an auto-routed picture comes as base64, with who made it and what it cost in the headers', async () => {
    const { data: answer, response } = await openai.images
      .generate({ model: 'auto', prompt: 'a paper boat', ...square, user: 'u-7' })
      .withResponse()
    expect(await factsOf(answer.data?.[0]?.b64_json)).toMatchObject({ size: '1024x1024', format: 'png' })
    expect(answer).toMatchObject({ size: '1024x1024', output_format: 'png', created: expect.any(Number) })
    const header = (name: string) => response.headers.get(name)
    expect(header('x-halftone-job-id')).toMatch(/^job_/)
    expect(header('x-halftone-cost-usd')).toMatch(/^0\.\d+$/)
    expect(header('x-halftone-provider')).toBeTruthy()
    expect(header('x-halftone-model')).toBeTruthy()
    expect(header('x-request-id')).toMatch(/^req_/)
    const job = await fetch(`${stack.api}/v1/jobs/${header('x-halftone-job-id')}`, {
      headers: { authorization: `Bearer ${stack.key}` },
    })
    expect(await job.json()).toMatchObject({ metadata: { user: 'u-7' } })
  })

  test('three pictures by a pinned model, as links that need no key; its tokens are told', async () => {
    const { data: answer, response } = await openai.images
      .generate({
        ...{ model: 'gpt-image-2', prompt: 'a paper boat', n: 3, quality: 'low', ...square },
        response_format: 'url',
      })
      .withResponse()
    expect(response.headers.get('x-halftone-model')).toBe('gpt-image-2')
    expect(answer.data).toHaveLength(3)
    expect(answer).toMatchObject({ quality: 'low' })
    expect(answer.usage?.output_tokens).toBeGreaterThan(0)
    const links = (answer.data ?? []).map(({ url }) => url ?? '')
    expect(new Set(links).size).toBe(3)
    const picture = await fetch(links[0]!)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
  })

  test('every setting of OpenAI arrives: a transparent webp in the size that was left to us', async () => {
    const { data: answer, response } = await openai.images
      .generate({
        ...{ model: 'auto', prompt: 'a logo', size: 'auto', quality: 'low', background: 'transparent' },
        ...{ output_format: 'webp', output_compression: 60, moderation: 'low' },
      })
      .withResponse()
    expect(response.headers.get('x-halftone-provider')).toBe('openai')
    expect(answer).toMatchObject({ background: 'transparent', output_format: 'webp' })
    expect(await factsOf(answer.data?.[0]?.b64_json)).toMatchObject({ format: 'webp' })
  })

  test('a stream shows the work under way and ends with the picture and its usage', async () => {
    const stream = await openai.images.generate({
      ...{ model: 'gpt-image-2', prompt: 'a paper boat', quality: 'low', ...square },
      ...{ stream: true, partial_images: 2 },
    })
    const events: OpenAI.ImageGenStreamEvent[] = []
    for await (const event of stream) events.push(event)
    expect(events.map(({ type }) => type).at(-1)).toBe('image_generation.completed')
    const partials = events.filter((event) => event.type === 'image_generation.partial_image')
    expect(partials.map((event) => event.partial_image_index)).toEqual([0, 1].slice(0, partials.length))
    expect(partials.length).toBeGreaterThan(0)
    for (const { b64_json } of events) expect((await factsOf(b64_json)).size).toBe('1024x1024')
    const last = events.at(-1)
    if (last?.type !== 'image_generation.completed') throw new Error('no end')
    expect(last.usage.output_tokens).toBeGreaterThan(0)
    checkSpec('ImageGenCompletedEvent', last)
    checkSpec('ImageGenPartialImageEvent', partials[0])
  })

  test('a stream of a provider that shows nothing under way is its completed event alone', async () => {
    const stream = await openai.images.generate({
      ...{ model: 'replicate/flux-schnell', prompt: 'a paper boat', ...square },
      ...{ stream: true, partial_images: 2 },
    })
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types).toEqual(['image_generation.completed'])
  })

  test('an edit with a mask, and one of several pictures, are files of a form', async () => {
    const masked = await openai.images.edit({
      ...{ model: 'auto', prompt: 'a red door', image: await picture(), mask: await mask(), quality: 'low' },
      ...{ output_format: 'png' },
    })
    expect(await factsOf(masked.data?.[0]?.b64_json)).toMatchObject({ format: 'png' })
    const { data: several, response } = await openai.images
      .edit({ model: 'gpt-image-1.5', prompt: 'both', image: [await picture(), await picture()], ...square })
      .withResponse()
    expect(response.headers.get('x-halftone-model')).toBe('gpt-image-1.5')
    checkSpec('ImagesResponse', several)
    const stream = await openai.images.edit({
      ...{ model: 'gpt-image-2', prompt: 'a red door', image: await picture(), quality: 'low', stream: true },
    })
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types).toEqual(['image_edit.completed'])
  })

  test('a variation is made though no provider has such a call any more', async () => {
    const answer = await openai.images.createVariation({ image: await picture(), n: 1, ...square })
    expect(answer.data?.[0]?.url).toMatch(/^http/)
  })

  test('models are listed and looked up by every name that a request may use', async () => {
    const ids: string[] = []
    for await (const { id } of openai.models.list()) ids.push(id)
    expect(ids).toEqual(expect.arrayContaining(['auto', 'gpt-image-2', 'openai/gpt-image-2', 'bfl/flux-dev']))
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ['auto', 'gpt-image-2', 'fal/fal-ai/flux/schnell', 'flux-dev'])
      expect(await openai.models.retrieve(id)).toMatchObject({ id, object: 'model' })
    expect(await failureOf(openai.models.retrieve('dall-e-2'))).toMatchObject({
      ...{ status: 404, code: 'model_not_found', param: 'model' },
    })
  })

  test('what only Halftone has travels in one extra field', async () => {
    const halftone = { budget: { max_cost_usd: '0.02' }, content_type: 'logo', metadata: { post: 9 } }
    const asked = { model: 'auto', prompt: 'a logo', ...square, halftone }
    const { response } = await openai.images.generate(asked).withResponse()
    expect(Number(response.headers.get('x-halftone-cost-usd'))).toBeLessThanOrEqual(0.02)
    const tooDear = { ...asked, halftone: { budget: { max_cost_usd: '0.0000001' } } }
    expect(await failureOf(openai.images.generate(tooDear))).toMatchObject({
      ...{ status: 400, type: 'invalid_request_error', param: 'halftone.budget.max_cost_usd' },
    })
    const edit = {
      model: 'auto',
      prompt: 'x',
      image: await picture(),
      halftone: { priority: 3, metadata: { a: 1 } },
    }
    const { response: edited } = await openai.images.edit(edit).withResponse()
    const job = await fetch(`${stack.api}/v1/jobs/${edited.headers.get('x-halftone-job-id')}`, {
      headers: { authorization: `Bearer ${stack.key}` },
    })
    expect(await job.json()).toMatchObject({ metadata: { a: '1' } })
  })
})

describe('errors are OpenAI’s', () => {
  test.each([
    [
      'a size that is none',
      { size: '7x9' as '1024x1024' },
      { status: 400, code: 'unsupported_value', param: 'size' },
    ],
    ['a field that nobody knows', { seed: 4 }, { status: 400, code: 'unknown_parameter', param: 'seed' }],
    ['a model that is gone', { model: 'dall-e-3' }, { status: 404, code: 'model_not_found', param: 'model' }],
    [
      'a setting that the pinned model lacks',
      { model: 'replicate/flux-dev', background: 'transparent' as const },
      { status: 400, code: 'unsupported_value', param: 'background' },
    ],
  ])('%s', async (_, change, expected) => {
    const call = openai.images.generate({ model: 'auto', prompt: 'x', ...square, ...change })
    expect(await failureOf(call)).toMatchObject({ type: 'invalid_request_error', ...expected })
  })

  test('a refused prompt is OpenAI’s moderation error, told once', async () => {
    const refused = openai.images.generate({ model: 'gpt-image-2', prompt: 'forbidden-content', ...square })
    expect(await failureOf(refused)).toMatchObject({
      ...{ status: 400, type: 'image_generation_user_error', code: 'moderation_blocked' },
      job: expect.stringMatching(/^job_/),
    })
  })

  test('a wrong key, and a budget that is spent, which no client repeats', async () => {
    const stranger = new OpenAI({ baseURL: `${stack.api}/v1`, apiKey: 'sk-wrong' })
    expect(await failureOf(stranger.models.list())).toMatchObject({ status: 401, code: 'invalid_api_key' })
    const admin = { authorization: `Bearer ${stack.adminKey}`, 'content-type': 'application/json' }
    const made = await fetch(`${stack.api}/admin/v1/keys`, {
      ...{ method: 'POST', headers: admin, body: JSON.stringify({ project: 'poor' }) },
    })
    const { key, project_id } = z.object({ key: z.string(), project_id: z.string() }).parse(await made.json())
    await fetch(`${stack.api}/admin/v1/budgets/${project_id}`, {
      ...{ method: 'PUT', headers: admin, body: JSON.stringify({ limit_usd: '0.000001' }) },
    })
    const poor = new OpenAI({ baseURL: `${stack.api}/v1`, apiKey: key })
    expect(await failureOf(poor.images.generate({ prompt: 'x', ...square }))).toMatchObject({
      ...{ status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
    })
  })

  test('even of a path that is none, and of a body that is no JSON', async () => {
    const headers = { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' }
    for (const [path, body] of [
      ['/openai/v1/images/nothing', '{}'],
      ['/v1/images/generations', '{'],
    ] as const) {
      const answer = await fetch(`${stack.api}${path}`, { method: 'POST', headers, body })
      const told = await answer.json()
      expect(told).toMatchObject({ error: { type: 'invalid_request_error', message: expect.any(String) } })
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
      checkSpec('ErrorResponse', told)
    }
  })
})

describe('a call that is slow or cut buys nothing twice', () => {
  afterEach(async () => {
    await control('/faults', { method: 'DELETE' })
  })
  const slow = { model: 'openai/gpt-image-2', quality: 'low' as const, ...square }

  test('one that outlives the time-out names its job, is not repeated, and the same key finds the picture', async () => {
    await fault({ provider: 'openai', kind: 'hang', rate: 1 })
    const before = await purchases()
    const asked = { ...slow, prompt: 'a slow boat', halftone: { routing: { on_unknown: 'hold' } } }
    const keyed = { headers: { 'Idempotency-Key': 'slow-1' } }
    const error = await failureOf(openai.images.generate(asked, keyed))
    expect(error).toMatchObject({ status: 504, code: 'timeout', type: 'server_error' })
    expect(error.job).toMatch(/^job_/)
    expect(error.message).toContain(error.job!)
    expect(await purchases()).toBe(before + 1)
    expect((await failureOf(openai.images.generate(asked, keyed))).job).toBe(error.job)
    expect(await purchases()).toBe(before + 1)
  }, 30_000)

  test('one that the client gives up and repeats by itself is the same job', async () => {
    const before = await purchases()
    const hasty = new OpenAI({ baseURL: `${stack.api}/v1`, apiKey: stack.key, timeout: 120, maxRetries: 8 })
    const answer = await hasty.images.generate({
      model: 'gpt-image-2',
      prompt: 'a hasty boat',
      n: 4,
      ...square,
    })
    expect(answer.data).toHaveLength(4)
    expect(await purchases()).toBe(before + 1)
  }, 30_000)
})

test('without the package: JSON edits, and a form field for Halftone as text', async () => {
  const headers = { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' }
  const image_url = `data:image/png;base64,${(await grey(640, 400)).toString('base64')}`
  const body = {
    model: 'gpt-image-1.5',
    prompt: 'a red door',
    images: [{ image_url }],
    quality: 'low',
    size: 'auto',
  }
  const answer = await fetch(`${stack.api}/openai/v1/images/edits`, {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  })
  const told = await answer.json()
  expect(answer.status, JSON.stringify(told).slice(0, 300)).toBe(200)
  expect(told, 'the nearest that this model makes').toMatchObject({ size: '1536x1024' })
  checkSpec('EditImageBodyJsonParam', body)
  const broken = { ...body, images: [{ image_url: 'data:image/png;base64,AAAA' }] }
  const refused = await fetch(`${stack.api}/openai/v1/images/edits`, {
    ...{ method: 'POST', headers, body: JSON.stringify(broken) },
  })
  expect(await refused.json()).toMatchObject({ error: { param: 'images[0]' } })
})

function checkSpec(name: string, value: unknown): void {
  if (!specsExist) return
  const check = openSpec('openai-images-batch-files.openapi.json')
  expect(check(`/components/schemas/${name}`, value), name).toEqual([])
}

function grey(width = 1_024, height = 1_024): Promise<Buffer> {
  const background = { r: 120, g: 130, b: 140 }
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer()
}

async function picture() {
  return toFile(await grey(), 'picture.png', { type: 'image/png' })
}

/** Its left half is to be edited. */
async function mask() {
  const create = {
    width: 1_024,
    height: 1_024,
    channels: 4,
    background: { r: 0, g: 0, b: 0, alpha: 1 },
  } as const
  const hole = await sharp({ create: { ...create, width: 512 } })
    .png()
    .toBuffer()
  const bytes = await sharp({ create })
    .composite([{ input: hole, left: 0, top: 0, blend: 'dest-out' }])
    .png()
    .toBuffer()
  return toFile(bytes, 'mask.png', { type: 'image/png' })
}
