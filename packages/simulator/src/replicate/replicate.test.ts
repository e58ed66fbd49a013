import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { changedPixels, greyMask, photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { patiently, simulated } from '../testing/simulated.ts'

const spec = 'replicate.openapi.json'
const api = '/replicate/v1'
const waiting = { prefer: 'wait' }
const box = { left: 10, top: 20, width: 50, height: 40 }

interface PredictionAnswer {
  id: string
  status: string
  output: string | string[] | null
  error: string | null
  urls: { get: string }
}
type Simulated = Awaited<ReturnType<typeof simulated>>

async function create(
  to: Simulated,
  model: string,
  input: Record<string, unknown>,
  headers: Record<string, string> = waiting,
) {
  const answer = await to.post(`${api}/models/${model}/predictions`, { input }, headers)
  return { status: answer.status, body: (await answer.json()) as PredictionAnswer }
}

async function fetched(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer())
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

test.skipIf(!specsPresent)(
  'predictions, lists, files and account fit Replicate’s own specification, where it lies beside the repository',
  async () => {
    const to = await simulated()
    const prediction = '/components/schemas/schemas_prediction_response'
    const { body } = await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a lake' })
    expect(specFaults(spec, prediction, body)).toBeNull()
    const early = await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a lake' }, {})
    expect(specFaults(spec, prediction, early.body)).toBeNull()
    const under = (path: string, code: string) =>
      `/paths/${path.replaceAll('/', '~1')}/responses/${code}/content/application~1json/schema`
    const list = await (await to.get(`${api}/predictions`)).json()
    expect(
      specFaults(spec, under('/predictions', '200').replace('responses', 'get/responses'), list),
    ).toBeNull()
    const account = await (await to.get(`${api}/account`)).json()
    expect(
      specFaults(spec, under('/account', '200').replace('responses', 'get/responses'), account),
    ).toBeNull()
    const file = await (await to.form(`${api}/files`, { content: await photo(8, 8) })).json()
    expect(specFaults(spec, '/components/schemas/schemas_file_response', file)).toBeNull()
  },
)

test('a waited prediction is done (201) with pictures of the size asked, in the model’s own shape of output', async () => {
  const to = await simulated()
  const several = await create(to, 'black-forest-labs/flux-schnell', {
    prompt: 'a lake',
    aspect_ratio: '16:9',
    num_outputs: 2,
    output_format: 'png',
  })
  expect(several.status).toBe(201)
  expect(several.body.output).toHaveLength(2)
  expect(await sizeOf(await fetched(several.body.output?.[1] ?? ''))).toEqual({
    width: 1344,
    height: 768,
    format: 'png',
  })
  const custom = await create(to, 'black-forest-labs/flux-1.1-pro', {
    prompt: 'a lake',
    aspect_ratio: 'custom',
    width: 640,
    height: 320,
  })
  expect(custom.body.output).toMatch(/out-0\.webp$/)
  expect(await sizeOf(await fetched(String(custom.body.output)))).toMatchObject({ width: 640, height: 320 })
  const entries = (await to.books()).entries
  expect(entries.map(({ n, nano, request_id }) => [n, nano, request_id])).toEqual([
    [2, 6_000_000, several.body.id],
    [1, 40_000_000, custom.body.id],
  ])
})

test('an edit takes an uploaded picture and repaints where its mask is white', async () => {
  const to = await simulated()
  const [image, mask] = await Promise.all([photo(160, 96), greyMask(160, 96, box)])
  const upload = (await (await to.form(`${api}/files`, { content: image })).json()) as {
    urls: { get: string }
  }
  const { body } = await create(to, 'black-forest-labs/flux-fill-pro', {
    prompt: 'a boat',
    image: upload.urls.get,
    mask: `data:image/png;base64,${mask.toString('base64')}`,
    output_format: 'png',
  })
  expect(body.error).toBeNull()
  const changed = await changedPixels(image, await fetched(String(body.output)), box)
  expect(changed.outside).toBe(0)
  expect(changed.inside).toBeGreaterThan(box.width * box.height * 0.9)
  expect((await to.books()).entries).toMatchObject([{ operation: 'inpaint', nano: 50_000_000 }])
})

test('refused content is a failed prediction that only its text explains, and it is free', async () => {
  const to = await simulated()
  const refused = await create(to, 'black-forest-labs/flux-dev', { prompt: 'forbidden-content' })
  expect(refused.body).toMatchObject({
    status: 'failed',
    output: null,
    error: expect.stringContaining('NSFW'),
  })
  const filtered = await create(to, 'black-forest-labs/flux-dev', { prompt: 'filtered-content' })
  expect(filtered.body.error).toContain('E005')
  expect((await to.books()).entries).toEqual([])
})

test('a canceled prediction is never charged', async () => {
  const to = await simulated({ latency: 0.05 })
  const { status, body } = await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a lake' }, {})
  expect([status, body.status]).toEqual([201, 'starting'])
  const canceled = await to.post(`${api}/predictions/${body.id}/cancel`, undefined)
  expect(await canceled.json()).toMatchObject({ status: 'canceled', output: null })
  const other = await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a lake' })
  expect((await to.books()).entries.map(({ request_id }) => request_id)).toEqual([other.body.id])
})

test('a wait that ends too early answers 202, and Cancel-After under five seconds is refused', async () => {
  const to = await simulated({ latency: 1 })
  const early = await create(to, 'black-forest-labs/flux-dev', { prompt: 'a lake' }, { prefer: 'wait=1' })
  expect(early.status).toBe(202)
  expect(['starting', 'processing']).toContain(early.body.status)
  expect(
    (await create(to, 'black-forest-labs/flux-dev', { prompt: 'a' }, { 'cancel-after': '4s' })).status,
  ).toBe(400)
})

test('models are found by name or version; wrong input is a 422 that names the field', async () => {
  const to = await simulated()
  const by = async (version: string) =>
    (await to.post(`${api}/predictions`, { version, input: { prompt: 'a' } })).status
  expect(await by('black-forest-labs/flux-schnell')).toBe(201)
  expect(await by('somebody/some-model')).toBe(404)
  expect(await by(`somebody/some-model:${'0'.repeat(64)}`)).toBe(422)
  const wrong = await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a', num_outputs: 5 })
  expect(wrong.status).toBe(422)
  expect(wrong.body).toMatchObject({ invalid_fields: [{ field: 'input.num_outputs' }] })
  const heavy = `data:image/png;base64,${'A'.repeat(400_000)}`
  expect(
    (await create(to, 'black-forest-labs/flux-kontext-pro', { prompt: 'a', input_image: heavy })).status,
  ).toBe(422)
})

test('what a prediction made is gone after an hour', async () => {
  let now = Date.UTC(2026, 10, 22)
  const to = await simulated({ clock: () => now })
  const { body } = await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a lake' })
  now += 3_600_000
  expect(await (await to.get(`${api}/predictions/${body.id}`)).json()).toMatchObject({
    output: null,
    data_removed: true,
    input: {},
  })
  expect((await fetch(body.output?.[0] ?? '')).status).toBe(404)
})

test('lists are newest first, a hundred a page, and hold the caller’s own only', async () => {
  const to = await simulated()
  const ids: string[] = []
  for (let i = 0; i < 102; i++)
    ids.unshift((await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a' }, {})).body.id)
  const page = (await (await to.get(`${api}/predictions`)).json()) as {
    results: PredictionAnswer[]
    next: string
  }
  expect(page.results.map(({ id }) => id)).toEqual(ids.slice(0, 100))
  const rest = (await (await to.get(page.next.slice(to.url.length))).json()) as {
    results: PredictionAnswer[]
    next: null
  }
  expect([rest.results.map(({ id }) => id), rest.next]).toEqual([ids.slice(100), null])
  const others = (await (await to.get(`${api}/predictions`, { authorization: 'Bearer other' })).json()) as {
    results: unknown[]
  }
  expect(others.results).toEqual([])
})

test('the webhook of a prediction is signed, and its attempt is in the books', async () => {
  const to = await simulated()
  const received: { headers: Record<string, unknown>; body: string }[] = []
  const receiver = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    response.end()
  }).listen(0, '127.0.0.1')
  closing.push(() => receiver.close())
  await once(receiver, 'listening')
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?attempt=att_77`
  await to.post(`${api}/predictions`, {
    version: 'black-forest-labs/flux-schnell',
    input: { prompt: 'a lake' },
    webhook: hook,
    webhook_events_filter: ['completed'],
  })
  await expect.poll(() => received.length, patiently).toBe(1)
  const [{ headers, body } = { headers: {}, body: '' }] = received
  const { key } = (await (await to.get(`${api}/webhooks/default/secret`)).json()) as { key: string }
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const mac = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'))
    .update(signed)
    .digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${mac}`)
  expect(JSON.parse(body)).toMatchObject({
    status: 'succeeded',
    output: [expect.stringContaining('/replicate/delivery/')],
  })
  expect((await to.books()).entries).toMatchObject([{ attempt_id: 'att_77' }])
})

test('limits, money and keys are told apart by status', async () => {
  const to = await simulated({ limits: { replicate: 1 } })
  const as = async (key: string) =>
    (await create(to, 'black-forest-labs/flux-schnell', { prompt: 'a' }, { authorization: `Bearer ${key}` }))
      .status
  expect([await as('one'), await as('one'), await as('two')]).toEqual([201, 429, 201])
  expect(await as('no-credit')).toBe(402)
  expect(await as('invalid')).toBe(401)
  const free = await simulated()
  const low = () =>
    create(free, 'black-forest-labs/flux-schnell', { prompt: 'a' }, { authorization: 'Bearer low-credit' })
  expect([(await low()).status, (await low()).status]).toEqual([201, 429])
})
