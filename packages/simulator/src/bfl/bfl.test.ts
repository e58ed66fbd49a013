import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { changedPixels, greyMask, photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { patiently, simulated } from '../testing/simulated.ts'

const spec = 'bfl-flux.openapi.json'
const key = { 'x-key': 'test-key' }
const box = { left: 10, top: 20, width: 50, height: 40 }
type Simulated = Awaited<ReturnType<typeof simulated>>

interface Submitted {
  id: string
  polling_url: string
  cost: number
}
interface Found {
  status: string
  progress: number | null
  result: { sample: string } | null
  details: Record<string, unknown> | null
}

async function submit(to: Simulated, model: string, body: Record<string, unknown>): Promise<Submitted> {
  const answer = await to.post(`/bfl/v1/${model}`, { output_format: 'png', ...body }, key)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Submitted
}

async function poll({ polling_url }: Submitted): Promise<Found> {
  return (await (await fetch(polling_url, { headers: key })).json()) as Found
}

async function ended(task: Submitted): Promise<Found> {
  await expect.poll(async () => (await poll(task)).status, patiently).not.toBe('Pending')
  return poll(task)
}

async function pictureOf(found: Found, headers: Record<string, string> = {}) {
  return fetch(found.result?.sample ?? '', { headers })
}

async function bytesOf(found: Found): Promise<Buffer> {
  return Buffer.from(await (await pictureOf(found)).arrayBuffer())
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

test.skipIf(!specsPresent)(
  'answers and errors fit the provider’s own specification, where it lies beside the repository',
  async () => {
    const to = await simulated()
    const schema = (name: string) => `/components/schemas/${name}`
    const task = await submit(to, 'flux-2-pro', { prompt: 'a lake' })
    expect(specFaults(spec, schema('AsyncResponse'), task)).toBeNull()
    expect(specFaults(spec, schema('ResultResponse'), await ended(task))).toBeNull()
    const hooked = await submit(to, 'flux-2-pro', { prompt: 'a lake', webhook_url: 'http://127.0.0.1:1/x' })
    expect(specFaults(spec, schema('AsyncWebhookResponse'), hooked)).toBeNull()
    const wrong = await to.post('/bfl/v1/flux-2-pro', { prompt: 'a', width: 65 }, key)
    expect(wrong.status).toBe(422)
    expect(specFaults(spec, schema('HTTPValidationError'), await wrong.json())).toBeNull()
    const credits = await (await to.get('/bfl/v1/credits', key)).json()
    expect(specFaults(spec, schema('CreditsResponse'), credits)).toBeNull()
  },
)

test('a task is polled where the answer says; the host that took it does not know it', async () => {
  const to = await simulated()
  const task = await submit(to, 'flux-2-pro', { prompt: 'a lake', width: 1360, height: 768 })
  expect(new URL(task.polling_url).origin).not.toBe(to.url)
  expect(await (await to.get(`/bfl/v1/get_result?id=${task.id}`, key)).json()).toEqual({
    id: task.id,
    status: 'Task not found',
  })
  expect(await sizeOf(await bytesOf(await ended(task)))).toEqual({ width: 1360, height: 768, format: 'png' })
})

test.each([
  ['flux-2-pro', { width: 1024, height: 1024 }, 3],
  ['flux-2-pro', { width: 1920, height: 1072 }, 4.5],
  ['flux-2-pro', { width: 2048, height: 2048 }, 7.5],
  ['flux-2-klein-4b', { width: 512, height: 512 }, 1.4],
  ['flux-pro-1.1', { width: 1440, height: 1440 }, 4],
])('%s of %o costs %d credits, told at the submit and charged at the end', async (model, size, credits) => {
  const to = await simulated()
  const task = await submit(to, model, { prompt: 'a lake', ...size })
  expect(task.cost).toBe(credits)
  await ended(task)
  expect((await to.books()).entries).toMatchObject([{ request_id: task.id, nano: credits * 10_000_000 }])
})

test('an inpaint repaints where its mask is white; references count their megapixels', async () => {
  const to = await simulated()
  const [image, mask] = await Promise.all([photo(160, 96), greyMask(160, 96, box)])
  const base64 = (file: Buffer) => file.toString('base64')
  const fill = { prompt: 'a boat', image: base64(image), mask: base64(mask) }
  const changed = await changedPixels(
    image,
    await bytesOf(await ended(await submit(to, 'flux-pro-1.0-fill', fill))),
    box,
  )
  expect(changed.outside).toBe(0)
  expect(changed.inside).toBeGreaterThan(box.width * box.height * 0.9)
  const grown = await submit(to, 'flux-pro-1.0-expand', { image: base64(image), left: 16, bottom: 8 })
  expect(await sizeOf(await bytesOf(await ended(grown)))).toMatchObject({ width: 176, height: 104 })
  const edit = {
    prompt: 'a',
    width: 256,
    height: 256,
    input_image: base64(image),
    input_image_2: base64(image),
  }
  expect((await submit(to, 'flux-2-pro', edit)).cost).toBe(6)
  const other = await to.post(
    '/bfl/v1/flux-pro-1.0-fill',
    { ...fill, mask: base64(await greyMask(80, 48, box)) },
    key,
  )
  expect(other.status).toBe(422)
})

test('moderation is a status: a refused prompt is free, a withheld picture is not', async () => {
  const to = await simulated()
  const refused = await ended(await submit(to, 'flux-2-pro', { prompt: 'forbidden-content' }))
  expect(refused).toMatchObject({ status: 'Request Moderated', result: null })
  expect((await to.books()).entries).toEqual([])
  const withheld = await ended(await submit(to, 'flux-2-pro', { prompt: 'filtered-content' }))
  expect(withheld).toMatchObject({
    status: 'Content Moderated',
    details: { 'Moderation Reasons': [expect.any(String)] },
  })
  expect((await to.books()).entries).toHaveLength(1)
})

test('a picture is gone after ten minutes, and a key at the delivery host is a leak', async () => {
  let now = Date.UTC(2026, 10, 22)
  const to = await simulated({ clock: () => now })
  const found = await ended(await submit(to, 'flux-2-pro', { prompt: 'a lake' }))
  expect((await pictureOf(found)).status).toBe(200)
  expect((await pictureOf(found, key)).status).toBe(400)
  now += 600_000
  expect((await pictureOf(found)).status).toBe(403)
})

test('24 tasks at once are allowed; keys and money are told apart by status', async () => {
  const to = await simulated({ strict: true, latency: 1 })
  const as = async (name: string) =>
    (await to.post('/bfl/v1/flux-2-max', { prompt: 'a' }, { 'x-key': name })).status
  const statuses = await Promise.all(Array.from({ length: 25 }, () => as('busy')))
  expect(statuses.toSorted()).toEqual([...Array.from({ length: 24 }, () => 200), 429])
  expect([await as('no-credit'), await as('invalid')]).toEqual([402, 403])
  expect((await to.post('/bfl/v1/flux-2-max', { prompt: 'a' }, { authorization: 'Bearer x' })).status).toBe(
    403,
  )
})

test('a webhook is signed with the secret of its task, and names its attempt in the books', async () => {
  const to = await simulated()
  const received: { signature: unknown; body: string }[] = []
  const receiver = createServer(async (request, response) => {
    received.push({ signature: request.headers['x-bfl-signature'], body: await text(request) })
    response.end()
  }).listen(0, '127.0.0.1')
  closing.push(() => receiver.close())
  await once(receiver, 'listening')
  const webhook_url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?attempt=att_7`
  const task = await submit(to, 'flux-2-pro', { prompt: 'a', webhook_url, webhook_secret: 'secret' })
  expect(task.polling_url).toBeUndefined()
  await expect.poll(() => received.length, patiently).toBe(1)
  const [{ signature, body } = { signature: '', body: '' }] = received
  expect(signature).toBe(`sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`)
  expect(JSON.parse(body)).toMatchObject({ id: task.id, status: 'Ready' })
  expect((await to.books()).entries).toMatchObject([{ attempt_id: 'att_7' }])
})
