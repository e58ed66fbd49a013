import type { ServerResponse } from 'node:http'
import { type Signals, webhookBodySchema } from '@halftone/contracts'
import { createGuardedAgent } from '@halftone/egress'
import { silentLogger } from '@halftone/service-kit'
import { Webhook } from 'standardwebhooks'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { createDeliverOutbox } from './deliver-outbox.ts'
import { createFakeOutbox } from './testing/fake-outbox.ts'
import { startReceiver } from './testing/receiver.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

async function startService(options: { scheduleMs?: number[]; sendMs?: number } = {}) {
  const outbox = createFakeOutbox(Date.now)
  let wake = () => {}
  const signals: Pick<Signals, 'subscribe'> = {
    subscribe: async (_name, handler) => {
      wake = () => handler({} as never)
    },
  }
  const sendMs = options.sendMs ?? 5_000
  const agent = createGuardedAgent({
    allowCidrs: ['127.0.0.0/8'],
    connectMs: 1_000,
    answerMs: sendMs,
    connectionsPerOrigin: 16,
  })
  const service = createDeliverOutbox({
    ledger: { outbox, projects: { webhookSecret: async () => secret } as never },
    signals,
    dispatcher: agent,
    contentUrl: (fileId) => `https://halftone.example/v1/files/${fileId}/content?signature=s`,
    scheduleMs: options.scheduleMs ?? [20, 20],
    concurrentMax: 64,
    concurrentPerOriginMax: 16,
    sendMs,
    metrics: { observe: () => {} },
    now: Date.now,
    random: () => 0.5,
    log: silentLogger,
  })
  await service.start()
  onTestFinished(async () => {
    await service.stop(Date.now())
    await agent.destroy()
  })
  return { outbox, service, wake: () => wake() }
}

const receivers: { stop(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()))
})
async function receive(...how: Parameters<typeof startReceiver>) {
  const receiver = await startReceiver(...how)
  receivers.push(receiver)
  return receiver
}

test('a receiver verifies its event with a standard library, and finds ids, cost and signed URLs, but no prompt', async () => {
  const receiver = await receive()
  const { outbox, wake } = await startService()
  const row = outbox.add({ url: `${receiver.url}/hook` })
  wake()
  await outbox.until(() => row.state === 'delivered')

  const [got] = receiver.received
  expect(got?.path).toBe('/hook')
  const body = webhookBodySchema.parse(new Webhook(secret).verify(got!.body, got!.headers))
  expect(got?.headers).toMatchObject({ 'webhook-id': row.id, 'user-agent': 'halftone-webhooks' })
  expect(body).toMatchObject({
    type: 'image.job.succeeded',
    id: row.id,
    timestamp: row.createdAt.toISOString(),
    sequence: 1,
    data: { job_id: row.job?.id, status: 'succeeded', cost_usd: '0.028', metadata: { post: 7 } },
  })
  expect(body.data.images?.[0]?.url).toContain(row.job?.images[0]?.fileId)
  expect(got?.body).not.toContain('secret idea')
})

test('after a 500 the same event comes again under the same id, until it is taken', async () => {
  let calls = 0
  const receiver = await receive((_received, response) => {
    response.statusCode = ++calls < 3 ? 500 : 204
    response.end('busy\0here')
  })
  const { outbox, wake } = await startService()
  const row = outbox.add({ url: receiver.url })
  wake()
  await outbox.until(() => row.lastError !== null)
  expect(row.lastError).toBe('answered 500: busyhere')
  await outbox.until(() => row.state === 'delivered')
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([row.id, row.id, row.id])
  for (const { body, headers } of receiver.received) new Webhook(secret).verify(body, headers)
})

test('a message is given up when the schedule is used up', async () => {
  const receiver = await receive((_received, response) => response.writeHead(500).end())
  const { outbox, wake } = await startService({ scheduleMs: [5] })
  const row = outbox.add({ url: receiver.url })
  wake()
  await outbox.until(() => row.state === 'exhausted')
  expect(receiver.received).toHaveLength(2)
})

test('410 ends it at once', async () => {
  const receiver = await receive((_received, response) => response.writeHead(410).end())
  const { outbox, wake } = await startService()
  const row = outbox.add({ url: receiver.url })
  wake()
  await outbox.until(() => row.state === 'exhausted')
  expect(receiver.received).toHaveLength(1)
})

test('Retry-After of a 429 takes the place of the schedule', async () => {
  const receiver = await receive((_received, response) =>
    response.writeHead(429, { 'retry-after': '40' }).end(),
  )
  const { outbox, wake } = await startService()
  const row = outbox.add({ url: receiver.url })
  wake()
  await outbox.until(() => row.lastStatus === 429)
  expect(row.dueAt - Date.now()).toBeGreaterThan(39_000)
  expect(row.dueAt - Date.now()).toBeLessThan(50_000)
})

test('a redirect is a failure and is not followed', async () => {
  const elsewhere = await receive()
  const receiver = await receive((_received, response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  )
  const { outbox, wake } = await startService({ scheduleMs: [] })
  const row = outbox.add({ url: receiver.url })
  wake()
  await outbox.until(() => row.state === 'exhausted')
  expect(row.lastStatus).toBe(307)
  expect(elsewhere.received).toEqual([])
})

test('receivers that hang or are down do not hold up the others', async () => {
  const hanging = await Promise.all([1, 2, 3].map(() => receive(() => {})))
  const down = await startReceiver()
  await down.stop()
  const good = await receive()
  const { outbox, wake } = await startService({ scheduleMs: [60_000] })
  for (const receiver of [...hanging, down]) for (let i = 0; i < 40; i++) outbox.add({ url: receiver.url })
  const rows = Array.from({ length: 100 }, () => outbox.add({ url: good.url }))
  wake()
  await outbox.until(() => rows.every((row) => row.state === 'delivered'))
  await outbox.until(
    () => [...outbox.rows.values()].filter((row) => row.lastError?.includes('refused')).length === 40,
  )
})

test('an answer that never ends costs its receiver a try and nobody memory', async () => {
  const receiver = await receive((_received, response) => {
    response.writeHead(500)
    const more = () => {
      while (response.write('x'.repeat(65_536))) {}
    }
    response.on('drain', more)
    more()
  })
  const { outbox, wake } = await startService({ scheduleMs: [] })
  const row = outbox.add({ url: receiver.url })
  wake()
  await outbox.until(() => row.state === 'exhausted')
  expect(row.lastError).toMatch(/^answered 500: x{1000}$/)
})

test('a receiver that never answers is left after the time allowed', async () => {
  const receiver = await receive(() => {})
  const { outbox, wake } = await startService({ scheduleMs: [], sendMs: 50 })
  const row = outbox.add({ url: receiver.url })
  wake()
  await outbox.until(() => row.state === 'exhausted')
  expect(row.lastError).toBe('no answer within 0.05 s')
})

test('a stop lets what is under way be answered and recorded', async () => {
  const arrived = Promise.withResolvers<ServerResponse>()
  const receiver = await receive((_received, response) => arrived.resolve(response))
  const { outbox, service, wake } = await startService()
  const row = outbox.add({ url: receiver.url })
  wake()
  const response = await arrived.promise
  const stopped = service.stop(Date.now() + 5_000)
  response.end()
  await stopped
  expect(row.state).toBe('delivered')
})
