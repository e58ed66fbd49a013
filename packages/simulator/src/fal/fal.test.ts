import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import { changedPixels, greyMask, photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { patiently, simulated } from '../testing/simulated.ts'

const spec = 'fal-platform-models-pricing.openapi.json'
const key = { authorization: 'Key id:secret' }
const box = { left: 10, top: 20, width: 50, height: 40 }
type Simulated = Awaited<ReturnType<typeof simulated>>

interface Submitted {
  status: string
  request_id: string
  status_url: string
  response_url: string
  cancel_url: string
}
interface Output {
  images: { url: string }[]
  has_nsfw_concepts: boolean[]
}

async function submit(
  to: Simulated,
  model: string,
  input: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Submitted> {
  const answer = await to.post(`/fal/${model}`, { output_format: 'png', ...input }, { ...key, ...headers })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Submitted
}

async function result({ status_url, response_url }: Submitted): Promise<Response> {
  await expect.poll(async () => (await fetch(status_url, { headers: key })).status, patiently).toBe(200)
  return fetch(response_url, { headers: key })
}

async function pictureOf(answer: Response): Promise<Buffer> {
  const { images } = (await answer.json()) as Output
  return Buffer.from(await (await fetch(images[0]?.url ?? '')).arrayBuffer())
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

test.skipIf(!specsPresent)(
  'prices and billing events fit the platform’s own specification, where it lies beside the repository',
  async () => {
    const to = await simulated()
    await result(await submit(to, 'fal-ai/flux/schnell', { prompt: 'a' }))
    for (const path of ['/models/pricing', '/models/billing-events']) {
      const answer = await to.get(`/fal/v1${path}?endpoint_id=fal-ai/flux/schnell`, key)
      const schema = `/paths/${path.replaceAll('/', '~1')}/get/responses/200/content/application~1json/schema`
      expect(specFaults(spec, schema, await answer.json())).toBeNull()
    }
  },
)

test('status is 202 until it is done; megapixels are billed to the fraction, and the result says so', async () => {
  const to = await simulated({ latency: 0.05 })
  const size = { width: 1344, height: 768 }
  const made = await submit(
    to,
    'fal-ai/flux/dev',
    { prompt: 'a lake', image_size: size },
    { 'idempotency-key': 'att_1' },
  )
  expect(made).toMatchObject({
    status: 'IN_QUEUE',
    gateway_request_id: expect.any(String),
    queue_position: 0,
  })
  expect((await fetch(made.status_url, { headers: key })).status).toBe(202)
  const answer = await result(made)
  expect(answer.headers.get('x-fal-billable-units')).toBe('0.984375')
  expect(await sizeOf(await pictureOf(answer))).toEqual({ ...size, format: 'png' })
  expect((await to.books()).entries).toMatchObject([
    { attempt_id: 'att_1', request_id: made.request_id, model: 'fal-ai/flux/dev', nano: 24_609_375 },
  ])
})

test('a sub-path in the status URL, a bearer token and an unknown endpoint are refused', async () => {
  const to = await simulated()
  const made = await submit(to, 'fal-ai/flux/dev', { prompt: 'a' })
  expect(made.status_url).toBe(`${to.url}/fal/fal-ai/flux/requests/${made.request_id}/status`)
  expect((await to.get(`/fal/fal-ai/flux/dev/requests/${made.request_id}/status`, key)).status).toBe(404)
  const as = async (authorization: string, model = 'fal-ai/flux/dev') =>
    (await to.post(`/fal/${model}`, { prompt: 'a' }, { authorization })).status
  expect([await as('Bearer id:secret'), await as('Key invalid'), await as('Key no-credit')]).toEqual([
    401, 401, 403,
  ])
  expect(await as('Key x', 'fal-ai/nobody/none')).toBe(404)
})

test('an input that is wrong shows in the result, as a 422 that is not billed', async () => {
  const to = await simulated()
  const answer = await result(await submit(to, 'fal-ai/flux/dev', { prompt: 'a', num_images: 9 }))
  expect([answer.status, answer.headers.get('x-fal-billable-units')]).toEqual([422, '0'])
  expect(await answer.json()).toMatchObject({ detail: [{ loc: ['body', 'num_images'], type: 'too_big' }] })
  expect((await to.books()).entries).toEqual([])
})

test('refusals come in three kinds: free, at the default units, and as a black picture that is billed', async () => {
  const to = await simulated()
  const ends = async (word: string) => {
    const answer = await result(
      await submit(to, 'fal-ai/flux/dev', { prompt: word, image_size: 'square_hd' }),
    )
    return { answer, paid: (await to.books()).entries.length }
  }
  const free = await ends('forbidden-content')
  expect([free.answer.status, free.paid]).toEqual([422, 0])
  const silent = await ends('named-public-figure')
  expect([silent.answer.status, silent.answer.headers.has('x-fal-billable-units'), silent.paid]).toEqual([
    422,
    false,
    1,
  ])
  const black = await ends('filtered-content')
  expect(black.paid).toBe(2)
  const { images, has_nsfw_concepts } = (await black.answer.json()) as Output
  expect(has_nsfw_concepts).toEqual([true])
  const bytes = await (await fetch(images[0]?.url ?? '')).arrayBuffer()
  expect((await sharp(bytes).stats()).channels.map(({ max }) => max)).toEqual([0, 0, 0])
})

test('an edit repaints where its mask is white', async () => {
  const to = await simulated()
  const [image, mask] = await Promise.all([photo(160, 96), greyMask(160, 96, box)])
  const url = (file: Buffer) => `data:image/png;base64,${file.toString('base64')}`
  const input = { prompt: 'a boat', image_url: url(image), mask_url: url(mask) }
  const changed = await changedPixels(
    image,
    await pictureOf(await result(await submit(to, 'fal-ai/flux-pro/v1/fill', input))),
    box,
  )
  expect(changed.outside).toBe(0)
  expect(changed.inside).toBeGreaterThan(box.width * box.height * 0.9)
})

test('a cancel before the start is free, while it runs it is billed, and after the end it is refused', async () => {
  const to = await simulated({ latency: 0.2 })
  const cancel = async (made: Submitted) =>
    (await fetch(made.cancel_url, { method: 'PUT', headers: key })).status
  const early = await submit(to, 'fal-ai/flux/dev', { prompt: 'a' })
  expect(await cancel(early)).toBe(202)
  const canceled = await result(early)
  expect([canceled.status, canceled.headers.get('x-fal-error-type')]).toEqual([499, 'client_cancelled'])
  const running = await submit(to, 'fal-ai/flux/dev', { prompt: 'a' })
  const stateOf = async () =>
    ((await (await fetch(running.status_url, { headers: key })).json()) as Submitted).status
  await expect.poll(stateOf, patiently).toBe('IN_PROGRESS')
  expect(await cancel(running)).toBe(202)
  expect((await result(running)).status).toBe(200)
  expect(await cancel(running)).toBe(400)
  expect((await to.books()).entries.map(({ request_id }) => request_id)).toEqual([running.request_id])
})

test('a start that does not come in the asked time ends with 504, by the user', async () => {
  const to = await simulated({ latency: 10 })
  const answer = await result(
    await submit(to, 'fal-ai/flux/dev', { prompt: 'a' }, { 'x-fal-request-timeout': '1.1' }),
  )
  expect([answer.status, answer.headers.get('x-fal-request-timeout-type')]).toEqual([504, 'user'])
})

test('a webhook is signed with the key that the JWKS shows', async () => {
  const to = await simulated()
  const received: { headers: Record<string, unknown>; body: string }[] = []
  const receiver = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    response.end()
  }).listen(0, '127.0.0.1')
  closing.push(() => receiver.close())
  await once(receiver, 'listening')
  const hook = encodeURIComponent(
    `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?attempt=att_7`,
  )
  await submit(to, `fal-ai/flux/dev?fal_webhook=${hook}`, { prompt: 'a' })
  await expect.poll(() => received.length, patiently).toBe(1)
  const [{ headers, body } = { headers: {} as Record<string, unknown>, body: '' }] = received
  const { keys } = (await (await to.get('/fal/.well-known/jwks.json')).json()) as { keys: [JsonWebKey] }
  const part = (name: string) => headers[`x-fal-webhook-${name}`]
  const digest = createHash('sha256').update(body).digest('hex')
  const message = [part('request-id'), part('user-id'), part('timestamp'), digest].join('\n')
  const publicKey = createPublicKey({ key: keys[0], format: 'jwk' })
  const signature = Buffer.from(String(part('signature')), 'hex')
  expect(verify(null, Buffer.from(message), publicKey, signature)).toBe(true)
  expect(JSON.parse(body)).toMatchObject({ status: 'OK', payload: { images: [{}] } })
  expect((await to.books()).entries).toMatchObject([{ attempt_id: 'att_7' }])
})
