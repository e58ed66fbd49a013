import { randomBytes } from 'node:crypto'
import { jobBodySchema, newId, seededRandom } from '@halftone/contracts'
import { createGuardedAgent } from '@halftone/egress'
import { createLedger, type NewJob } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { createSignals } from '@halftone/queue'
import { silentLogger } from '@halftone/service-kit'
import { Webhook } from 'standardwebhooks'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createDeliverOutbox } from './deliver-outbox.ts'
import { startReceiver } from './testing/receiver.ts'

/** The service on real stores, with waits of some ms. */
async function startService(scheduleMs: number[]) {
  const database = await createTestDatabase(inject('postgresUrl'))
  const ledger = createLedger({ url: database.url, maxConnections: 6 })
  const signals = createSignals({ redisUrl: inject('redisUrl'), prefix: `webhooks-${newId('job')}` })
  const agent = createGuardedAgent({
    ...{ allowCidrs: ['127.0.0.0/8'], connectMs: 5_000, answerMs: 10_000, connectionsPerOrigin: 16 },
  })
  const service = createDeliverOutbox({
    ledger,
    signals,
    dispatcher: agent,
    contentUrl: (fileId) => `https://halftone.example/${fileId}`,
    scheduleMs,
    ...{ concurrentMax: 64, concurrentPerOriginMax: 16, sendMs: 10_000 },
    ...{ metrics: { observe: () => {} }, now: Date.now, random: Math.random, log: silentLogger },
  })
  onTestFinished(async () => {
    await service.stop(Date.now() + 2_000)
    await Promise.all([agent.destroy(), signals.stop(0), ledger.stop()])
    await database.drop()
  })
  await signals.start()
  await service.start()
  const { projectId } = await ledger.projects.createKey('acme')
  const wake = () => signals.publish('outbox', {})
  return { ledger, projectId, wake }
}
type Service = Awaited<ReturnType<typeof startService>>

async function createEndpoint({ ledger, projectId, wake }: Service, url: string) {
  const fields = { url, origin: new URL(url).origin, description: '', events: [], mode: 'both' } as const
  const options = { max: 20, idempotency: null, answer: () => null }
  const made = await ledger.endpoints.create(projectId, { ...fields, events: [] }, options)
  await wake()
  const { id } = made.row
  const active = async () => (await ledger.endpoints.find(projectId, id))?.status
  await expect.poll(active, { timeout: 10_000 }).toBe('active')
  return { id, secret: made.secret }
}

function newJob(webhookEndpointId: string | null): NewJob {
  return {
    id: newId('job'),
    body: jobBodySchema.parse({ prompt: 'x' }),
    inputs: { width: 8, height: 8, images: [], mask: null },
    ...{ deadline: new Date(Date.now() + 600_000), runAt: new Date() },
    ...{ hold: 1n, ceiling: null, quoted: null, baseline: null, webhookUrl: null, webhookEndpointId },
  }
}

/** Ends so many jobs at once; each is told on its own, and the bulk as well. */
async function endJobs({ ledger, projectId, wake }: Service, count: number): Promise<string[]> {
  const jobs = Array.from({ length: count }, () => newJob(null))
  const id = newId('bulk')
  const bulk = {
    id,
    budget: null,
    baseline: null,
    baselineModel: null,
    expectedFinish: null,
    webhookUrl: null,
  }
  await ledger.accept.bulk({ projectId, bulk: { ...bulk, metadata: {} }, jobs, idempotency: null })
  await ledger.jobs.cancelBulk(projectId, id)
  await wake()
  return [...jobs.map((job) => job.id), id]
}

test('every delivery is verified by the library, by either secret while they rotate', async () => {
  const service = await startService([50])
  const receiver = await startReceiver()
  onTestFinished(() => receiver.stop())
  const { id, secret } = await createEndpoint(service, `${receiver.url}/hook`)
  const rotated = await service.ledger.endpoints.rotate(service.projectId, id)
  await endJobs(service, 1)
  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(3)
  const [challenge, ...news] = receiver.received
  expect(new Webhook(secret).verify(challenge!.body, challenge!.headers)).toMatchObject({
    type: 'endpoint.challenge',
    data: { endpoint_id: id },
  })
  for (const { body, headers } of news)
    for (const one of [secret, rotated!.secret])
      expect(new Webhook(one).verify(body, headers)).toMatchObject({ id: headers['webhook-id'] })
  expect(() =>
    new Webhook(`whsec_${randomBytes(32).toString('base64')}`).verify(news[0]!.body, news[0]!.headers),
  ).toThrow()
})

const deliveries = 1_500

test(`${deliveries} deliveries to receivers that are down 30 % of the time: none is missing, none is unsigned`, {
  timeout: 60_000 + deliveries * 20,
}, async () => {
  const service = await startService(Array(20).fill(40))
  const random = seededRandom(7)
  let downUntil = 0
  const secrets = new Map<string, string>()
  const told = new Map<string, Set<string>>()
  let bad = 0
  let refused = 0
  const receivers = await Promise.all(
    ['/a', '/b'].map((path) =>
      startReceiver((received, response) => {
        const secret = secrets.get(path)
        if (secret && (performance.now() < downUntil || random() < 0.3)) {
          refused++
          // an outage, an overload, a cut connection
          if (random() < 0.3) response.destroy()
          else response.writeHead(random() < 0.5 ? 500 : 503).end('down')
          return
        }
        response.end()
        if (!secret) return
        try {
          const { data } = new Webhook(secret).verify(received.body, received.headers) as {
            data: { job_id?: string; bulk_id: string }
          }
          told.get(path)?.add(data.job_id ?? data.bulk_id)
        } catch {
          bad++
        }
      }),
    ),
  )
  onTestFinished(async () => {
    await Promise.all(receivers.map((receiver) => receiver.stop()))
  })
  for (const [i, path] of ['/a', '/b'].entries()) {
    const { secret } = await createEndpoint(service, `${receivers[i]!.url}${path}`)
    secrets.set(path, secret)
    told.set(path, new Set())
  }
  const expected = await endJobs(service, Math.ceil(deliveries / 2))
  downUntil = performance.now() + 300
  const missing = () =>
    [...told.values()].reduce((sum, seen) => sum + expected.filter((id) => !seen.has(id)).length, 0)
  await expect.poll(missing, { timeout: 50_000 + deliveries * 20, interval: 200 }).toBe(0)
  expect(bad).toBe(0)
  expect(refused).toBeGreaterThan(deliveries * 0.3)
})
