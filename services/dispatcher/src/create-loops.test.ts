import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { jobBodySchema, newId } from '@halftone/contracts'
import { createLedger, type Ledger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { createQueue, createRunConsumer, createSignals } from '@halftone/queue'
import { silentLogger } from '@halftone/service-kit'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createLoops } from './create-loops.ts'
import { createJobPlans } from './job-plans.ts'
import { createLeader } from './leader.ts'
import { createFixture } from './testing/fixture.ts'

/** The loops on the real ledger and queue; only the market and the paid call are made up. */
let ledger: Ledger
const closing: (() => unknown)[] = []
// a database of its own, so that wiping it wipes nobody else's
const redisUrl = `${inject('redisUrl')}/8`

beforeAll(async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  closing.push(database.drop)
  ledger = createLedger({ url: database.url })
  closing.push(() => ledger.stop())
})
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

async function acceptBulk(
  project: string,
  jobs: number,
): Promise<{ projectId: string; bulkId: string; jobs: number }> {
  const { projectId } = await ledger.projects.createKey(project)
  const bulkId = newId('bulk')
  await ledger.accept.bulk({
    projectId,
    idempotency: null,
    bulk: {
      id: bulkId,
      budget: null,
      baseline: null,
      baselineModel: null,
      expectedFinish: null,
      webhookUrl: null,
      metadata: {},
    },
    jobs: Array.from({ length: jobs }, () => ({
      id: newId('job'),
      body: jobBodySchema.parse({ prompt: 'a fox' }),
      inputs: { width: 1024, height: 1024, images: [], mask: null },
      deadline: new Date(Date.now() + 600_000),
      runAt: new Date(),
      hold: 3n,
      ceiling: null,
      quoted: 3n,
      baseline: null,
      webhookUrl: null,
    })),
  })
  const untagged = await ledger.classify.untagged({ bulk: bulkId, from: 0, to: jobs })
  await ledger.classify.tag(
    untagged.map(({ id }) => ({
      id,
      tag: { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] },
    })),
  )
  return { projectId, bulkId, jobs }
}

async function wipeRedis(): Promise<void> {
  const { hostname, port, pathname } = new URL(redisUrl)
  const socket = connect(Number(port), hostname)
  socket.write(`SELECT ${pathname.slice(1)}\r\nFLUSHDB\r\nQUIT\r\n`)
  socket.resume()
  await once(socket, 'close')
}

/** Claims and settles, as a worker does. */
async function buy(jobId: string, generation: number): Promise<boolean> {
  const attemptId = newId('attempt')
  const claim = await ledger.attempts.claim({
    jobId,
    generation,
    owner: 'test',
    leaseMs: 15_000,
    attemptId,
    provider: 'cheap',
    model: 'm',
    account: 'test',
    operation: 'generate',
    ruleId: 'cheap/m/generate',
    priceVersion: 1,
    worst: 3n,
    simulated: true,
  })
  if (claim.kind !== 'claimed') return false
  const finish = { attemptId, fence: claim.fence, kind: 'succeeded' as const, cost: 3n, images: [] }
  return (await ledger.attempts.finish(finish)).kind === 'ended'
}

test('two bulks are bought once each, though Redis is wiped in the middle and the lead changes hands', async () => {
  const prefix = `t-${randomUUID()}`
  const fixture = createFixture({ cheap: { cost: 3n, perMinute: 60_000, concurrent: 10, p50Ms: 100 } })
  const queue = createQueue({ redisUrl, prefix })
  const signals = createSignals({ redisUrl, prefix })
  closing.push(
    () => queue.close(),
    () => signals.stop(0),
  )
  await signals.start()
  const bulks = await Promise.all([acceptBulk('a', 120), acceptBulk('b', 40)])

  const createDispatcher = () => {
    const planner = fixture.planner
    const parts = { ...fixture.parts, ledger, queue, signals, clock: Date.now }
    const loops = createLoops({ ...parts, plans: createJobPlans({ planner, ledger, clock: Date.now }) })
    const { recovery } = ledger
    const leader = createLeader({
      signals,
      name: 'dispatcher',
      recovery,
      loops: loops.all,
      onChange() {},
      log: silentLogger,
      retryMs: 50,
    })
    closing.push(() => leader.stop(Date.now()))
    return { leader, loops }
  }
  const [first, second] = [createDispatcher(), createDispatcher()]
  await signals.subscribe('dispatch', () => {
    first.loops.wakeWork()
    second.loops.wakeWork()
  })

  let bought = 0
  const all = Promise.withResolvers<void>()
  const errors: unknown[] = []
  const worker = createRunConsumer('cheap', {
    redisUrl,
    prefix,
    concurrency: 5,
    async handle({ job, gen }) {
      if (await buy(job, gen)) bought++
      if (bought === 50) await wipeRedis()
      if (bought === 100) await first.leader.stop(Date.now())
      if (bought === 160) all.resolve()
      await signals.publish('dispatch', {})
      return { kind: 'done' }
    },
    onError: (error) => errors.push(error),
  })
  closing.push(() => worker.stop(Date.now() + 1_000))
  await worker.start()
  await first.leader.start()
  await second.leader.start()
  await all.promise

  expect(errors).toEqual([])
  for (const { projectId, bulkId, jobs } of bulks)
    expect(await ledger.jobs.bulk(projectId, bulkId)).toMatchObject({
      status: 'completed',
      counts: { succeeded: jobs },
      spent: 3n * BigInt(jobs),
      held: 0n,
    })
}, 30_000)
