import { jobBodySchema, newId } from '@halftone/contracts'
import { createGuardedAgent } from '@halftone/egress'
import { createLedger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { createSignals } from '@halftone/queue'
import { silentLogger } from '@halftone/service-kit'
import { Webhook } from 'standardwebhooks'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createDeliverOutbox } from './deliver-outbox.ts'
import { type Received, startReceiver } from './testing/receiver.ts'

test('with real stores: a job that ends is told at once, signed with its own project’s secret, once', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  const ledger = createLedger({ url: database.url, maxConnections: 4 })
  const signals = createSignals({ redisUrl: inject('redisUrl'), prefix: `webhooks-${newId('job')}` })
  const agent = createGuardedAgent({
    allowCidrs: ['127.0.0.0/8'],
    connectMs: 1_000,
    answerMs: 5_000,
    connectionsPerOrigin: 16,
  })
  const arrived = Promise.withResolvers<Received>()
  const receiver = await startReceiver((received, response) => {
    response.end()
    arrived.resolve(received)
  })
  const service = createDeliverOutbox({
    ledger,
    signals,
    dispatcher: agent,
    contentUrl: (fileId) => `https://halftone.example/${fileId}`,
    scheduleMs: [],
    concurrentMax: 64,
    concurrentPerOriginMax: 16,
    sendMs: 5_000,
    metrics: { observe: () => {} },
    now: Date.now,
    random: Math.random,
    log: silentLogger,
  })
  onTestFinished(async () => {
    await service.stop(Date.now())
    await Promise.all([agent.destroy(), signals.stop(0), receiver.stop(), ledger.stop()])
    await database.drop()
  })
  await signals.start()
  await service.start()

  const { projectId } = await ledger.projects.createKey('acme')
  const id = newId('job')
  await ledger.accept.job({
    projectId,
    job: {
      id,
      body: jobBodySchema.parse({ prompt: 'a cat', metadata: { post: 7 } }),
      inputs: { width: 1024, height: 1024, images: [], mask: null },
      deadline: new Date(Date.now() + 60_000),
      runAt: new Date(),
      hold: 1_000n,
      ceiling: null,
      quoted: null,
      baseline: null,
      webhookUrl: `${receiver.url}/hook`,
    },
    idempotency: null,
  })
  await ledger.jobs.cancelJob(projectId, id)
  await signals.publish('outbox', {})

  const { body, headers } = await arrived.promise
  const secret = await ledger.projects.webhookSecret(projectId)
  expect(new Webhook(secret).verify(body, headers)).toMatchObject({
    type: 'image.job.canceled',
    data: { job_id: id, bulk_id: null, status: 'canceled', images: [], metadata: { post: 7 } },
  })
  await service.stop(Date.now() + 5_000)
  expect(await ledger.outbox.nextDueMs()).toBeNull()
  expect(receiver.received).toHaveLength(1)
})
