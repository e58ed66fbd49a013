import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const root = '/v1/webhook-endpoints'
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
const ask = (method: Method, url: string, payload?: object, key = producer.key): Promise<Answer> =>
  producer.app.inject({ method, url, payload, headers: { authorization: `Bearer ${key}` } })
const seen = { ms: 1, answer: 'ok' }
/** As the webhooks service would: whatever is due is taken. */
const deliver = async () => {
  const messages = await producer.ledger.outbox.take(100, 1_000)
  await producer.ledger.outbox.delivered(messages.map(({ id }) => ({ id, status: 200, ...seen })))
  return messages
}

test('an endpoint is made, verified, changed, paused, enabled, rotated, tested, replayed and deleted', async () => {
  const body = { url: 'https://hooks.example.com/a', events: ['image.job.failed'], mode: 'both' }
  const headers = { 'idempotency-key': 'endpoint-1' }
  const made = await producer.post(root, body, headers)
  expect(made.statusCode).toBe(201)
  const { id, secret } = made.json()
  expect(made.json()).toMatchObject({
    ...body,
    status: 'pending',
    secret: expect.stringMatching(/^whsec_.{44}$/),
  })
  const repeated = (await producer.post(root, body, headers)).json()
  expect([repeated.id, 'secret' in repeated]).toEqual([id, false])
  expect((await producer.get(root)).json().data).toHaveLength(1)
  expect(JSON.stringify((await producer.get(`${root}/${id}`)).json())).not.toContain(secret)

  await deliver()
  expect((await producer.get(`${root}/${id}`)).json()).toMatchObject({ status: 'active' })
  const changed = await ask('PATCH', `${root}/${id}`, { events: [], description: 'nightly' })
  expect(changed.json()).toMatchObject({ events: [], description: 'nightly', status: 'active' })
  expect((await ask('POST', `${root}/${id}/pause`)).json()).toMatchObject({
    ...{ status: 'disabled', disabled_because: 'paused' },
  })
  expect((await ask('POST', `${root}/${id}/test`)).json()).toMatchObject({ status: 422, field: '/id' })
  expect((await ask('POST', `${root}/${id}/enable`)).json()).toMatchObject({ status: 'active' })
  const rotated = (await ask('POST', `${root}/${id}/rotate`)).json()
  expect(rotated.secret).not.toBe(secret)
  expect(Date.parse(rotated.previous_secret_until)).toBeGreaterThan(Date.now() + 23 * 3_600_000)

  const { message_id } = (await ask('POST', `${root}/${id}/test`)).json()
  expect(await deliver()).toMatchObject([{ id: message_id, type: 'endpoint.test' }])
  const log = (await producer.get(`${root}/${id}/deliveries?limit=1`)).json()
  expect(log.data).toMatchObject([
    { id: message_id, status: 'delivered', attempts: [{ status: 200, latency_ms: 1, answer: 'ok' }] },
  ])
  const older = (await producer.get(`${root}/${id}/deliveries?cursor=${log.next_cursor}`)).json()
  expect(older).toMatchObject({ data: [{ type: 'endpoint.challenge' }], next_cursor: null })

  const job = (await producer.post('/v1/jobs', { prompt: 'x', webhook: { endpoint_id: id } })).json()
  await producer.post(`/v1/jobs/${job.id}/cancel`, {})
  const [message] = await deliver()
  expect(message).toMatchObject({ type: 'image.job.canceled', endpoint: { id } })
  const replay = (what: object) => ask('POST', `${root}/${id}/replay`, what)
  expect((await replay({ message_id: message!.id })).json()).toEqual({ replayed: 1 })
  expect(await deliver()).toMatchObject([{ id: message!.id }])
  expect((await replay({ missing_since: '2026-01-01T00:00:00Z' })).json()).toEqual({ replayed: 0 })
  for (const [what, status] of [
    [{}, 400],
    [{ to: '2026-01-01T00:00:00Z' }, 400],
    [{ message_id: `whk_${'0'.repeat(32)}` }, 404],
  ] as const)
    expect((await replay(what)).json()).toMatchObject({ status, field: '/message_id' })
  const hour = new Date(Date.now() - 3_600_000).toISOString()
  expect((await replay({ from: hour, status: ['delivered'] })).json()).toEqual({ replayed: 1 })

  expect((await ask('DELETE', `${root}/${id}`)).statusCode).toBe(204)
  expect((await producer.get(`${root}/${id}`)).statusCode).toBe(404)
})

test('a job’s own URL needs a verified origin once the project has an endpoint; the operator’s list stands above that', async () => {
  const post = (url: string) => producer.post('/v1/jobs', { prompt: 'x', webhook: { url } })
  expect((await post('https://else.example.com/x')).statusCode).toBe(202)
  const { id } = (await producer.post(root, { url: 'https://mine.example.com/hook' })).json()
  expect((await post('https://mine.example.com/other')).json()).toMatchObject({
    ...{ status: 422, code: 'impossible', field: '/webhook/url' },
  })
  await deliver()
  expect((await post('https://mine.example.com/other')).statusCode).toBe(202)
  expect((await post('https://else.example.com/x')).json()).toMatchObject({ field: '/webhook/url' })
  expect((await post('http://127.0.0.1:9/x')).statusCode).toBe(202)
  await ask('DELETE', `${root}/${id}`)
})

test('no route of webhooks finds what is others’, or accepts what cannot be reached', async () => {
  const { id } = (await producer.post(root, { url: 'https://mine.example.com/hook' })).json()
  const routes: [Method, string, object?][] = [
    ['GET', ''],
    ['PATCH', '', { mode: 'both' }],
    ['DELETE', ''],
    ...['pause', 'enable', 'rotate', 'test'].map((verb): [Method, string] => ['POST', `/${verb}`]),
    ['GET', '/deliveries'],
    ['POST', '/replay', { missing_since: '2026-01-01T00:00:00Z' }],
  ]
  for (const [method, path, payload] of routes)
    for (const [one, key] of [
      [id, producer.otherKey],
      ['whe_1', producer.key],
    ]) {
      const answer = await ask(method, `${root}/${one}${path}`, payload, key)
      expect([method, path, answer.statusCode]).toEqual([method, path, 404])
    }
  const stolen = { prompt: 'x', webhook: { endpoint_id: id } }
  expect((await ask('POST', '/v1/jobs', stolen, producer.otherKey)).json()).toMatchObject({
    ...{ status: 404, field: '/webhook/endpoint_id' },
  })
  for (const url of [
    'http://example.com/',
    'https://10.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
    'https://2130706433:1/x y',
    'https://u:p@example.com/',
    'ftp://example.com/',
    'https://example.com:22/',
    'nonsense',
  ])
    expect((await producer.post(root, { url })).json(), url).toMatchObject({ status: 400, field: '/url' })
})
