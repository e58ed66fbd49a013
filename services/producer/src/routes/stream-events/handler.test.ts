import type { AddressInfo } from 'node:net'
import { eventBodySchema } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
let base: string
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
  await producer.app.listen({ port: 0, host: '127.0.0.1' })
  base = `http://127.0.0.1:${(producer.app.server.address() as AddressInfo).port}`
})
afterAll(async () => {
  producer.app.server.closeAllConnections()
  await producer.stop()
})

const end = async (metadata = {}): Promise<string> => {
  const { id } = (await producer.post('/v1/jobs', { prompt: 'x', metadata })).json()
  await producer.post(`/v1/jobs/${id}/cancel`, {})
  return id
}

async function open(path: string, headers: Record<string, string> = {}) {
  const gone = new AbortController()
  const response = await fetch(base + path, {
    headers: { authorization: `Bearer ${producer.key}`, ...headers },
    signal: gone.signal,
  })
  const chunks = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  let text = ''
  return {
    response,
    close: () => gone.abort(),
    /** The next event; null at the end of the stream. */
    async next() {
      for (;;) {
        const [, block, rest] = /^([\s\S]*?)\n\n([\s\S]*)$/.exec(text) ?? []
        if (block !== undefined) text = rest ?? ''
        const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block ?? '') ?? []
        if (id && data) return { id, event, body: eventBodySchema.parse(JSON.parse(data)) }
        if (block !== undefined) continue
        const { value, done } = await chunks.next()
        if (done) return null
        text += value
      }
    },
  }
}

test('the stream of a project tells each end as it happens, goes on from the last id, and never tells twice', async () => {
  const stream = await open('/v1/events')
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
  const ids = [await end({ post: 1 }), await end()]
  const first = await stream.next()
  expect(first).toMatchObject({
    event: 'image.job.canceled',
    body: { data: { job_id: ids[0], status: 'canceled', metadata: { post: 1 } } },
  })
  expect(await stream.next()).toMatchObject({ body: { data: { job_id: ids[1] } } })
  stream.close()

  const third = await end()
  const again = await open('/v1/events', { 'last-event-id': first!.id })
  expect(await again.next()).toMatchObject({ body: { data: { job_id: ids[1] } } })
  expect(await again.next()).toMatchObject({ body: { data: { job_id: third } } })
  again.close()
})

test('a stream is filtered by type and bulk, and others’ events are not in it', async () => {
  const { id } = (await producer.post('/v1/bulk', { jobs: [{ prompt: 'x' }, { prompt: 'y' }] })).json()
  const bulk = await open(`/v1/events?bulk_id=${id}&types=image.bulk.completed`)
  const others = await open('/v1/events', { authorization: `Bearer ${producer.otherKey}` })
  await end()
  await producer.post(`/v1/bulk/${id}/cancel`, {})
  expect(await bulk.next()).toMatchObject({
    event: 'image.bulk.completed',
    body: { data: { bulk_id: id, counts: { canceled: 2 } } },
  })
  bulk.close()
  const theirs = { authorization: `Bearer ${producer.otherKey}`, 'content-type': 'application/json' }
  const job = (await producer.post('/v1/jobs', { prompt: 'x' }, theirs)).json().id
  await producer.post(`/v1/jobs/${job}/cancel`, {}, theirs)
  expect(await others.next()).toMatchObject({ body: { data: { job_id: job } } })
  others.close()
})

test('the stream of a job tells how it is, then its end, and closes; who knows the end already gets 204', async () => {
  const { id } = (await producer.post('/v1/jobs', { prompt: 'x' })).json()
  const stream = await open(`/v1/jobs/${id}/events`)
  expect(await stream.next()).toMatchObject({
    event: 'image.job.updated',
    body: { data: { status: 'queued' } },
  })
  await producer.post(`/v1/jobs/${id}/cancel`, {})
  const last = await stream.next()
  expect(last).toMatchObject({ event: 'image.job.canceled', body: { data: { job_id: id } } })
  expect(await stream.next()).toBeNull()
  const known = await open(`/v1/jobs/${id}/events`, { 'last-event-id': last!.id }).catch(() => null)
  expect(known?.response.status ?? 204).toBe(204)
  const theirs = { authorization: `Bearer ${producer.otherKey}` }
  expect((await fetch(`${base}/v1/jobs/${id}/events`, { headers: theirs })).status).toBe(404)
})

test('a project has twenty streams at once and no more; a closed one makes room', async () => {
  const streams = []
  for (let i = 0; i < 20; i++) streams.push(await open('/v1/events'))
  const refused = await producer.get('/v1/events')
  expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toMatchObject([
    429,
    '5',
    { code: 'too_many_streams', limit: 20 },
  ])
  for (const stream of streams) stream.close()
  await expect.poll(async () => (await open('/v1/events')).response.status).toBe(200)
})

test.each([
  ['/v1/events?types=image.job.eaten', '/types', 400],
  ['/v1/events?bulk_id=bulk_1', '/id', 404],
  ['/v1/events?last_event_id=yesterday', '/last-event-id', 400],
])('%s is refused, naming field and cure', async (url, field, status) => {
  expect((await producer.get(url)).json()).toMatchObject({ status, field, next: expect.any(String) })
})
