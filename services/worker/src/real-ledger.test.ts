import { jobBodySchema, newId, type Plan } from '@halftone/contracts'
import { createLedger, type Ledger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { type ImageProvider, type Polled, ProviderError, type Started } from '@halftone/providers'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import type { Dependencies } from './dependencies.ts'
import { runJob } from './run-job.ts'
import { picture } from './testing/samples.ts'
import { createWorld } from './testing/world.ts'

const price = 30_000_000n
const planned = createWorld().job.choice
const plan: Plan = { choice: planned, ranked: [], excluded: [], summary: 'the only one', policy: 'cheapest' }

let ledger: Ledger
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  drop = database.drop
  ledger = createLedger({ url: database.url, maxConnections: 4 })
})
afterAll(async () => {
  await ledger.stop()
  await drop()
})

async function acceptJob(): Promise<{ projectId: string; id: string }> {
  const { projectId } = await ledger.projects.createKey(newId('project'))
  const id = newId('job')
  const job = {
    id,
    body: jobBodySchema.parse({ prompt: 'a red fox', size: '64x64' }),
    inputs: { width: 64, height: 64, images: [], mask: null },
    deadline: new Date(Date.now() + 3_600_000),
    runAt: new Date(Date.now() - 1_000),
    hold: price,
    ceiling: null,
    quoted: price,
    baseline: null,
    webhookUrl: null,
  }
  await ledger.accept.job({ projectId, job, idempotency: null })
  await ledger.classify.tag([
    { id, tag: { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } },
  ])
  return { projectId, id }
}

async function dispatchJob(id: string): Promise<number> {
  const [planId = ''] = await ledger.dispatch.savePlans([{ digest: Buffer.alloc(32, 1), plan }])
  const wish = { id, pool: 'replicate', planId, worst: price, latencyMissed: false }
  const { dispatched } = await ledger.dispatch.dispatch([wish])
  return dispatched[0]?.generation ?? -1
}

/** A worker with the real ledger, and a provider that does what the test says. */
function createWorker(provider: Partial<ImageProvider>, settings: Partial<Dependencies['settings']> = {}) {
  const { deps } = createWorld({ provider, settings })
  const { attempts, dispatch, prices } = ledger
  const real = { ...deps, attempts, endWaiting: dispatch.end, priceHistory: prices.history }
  return (job: string, gen: number) => runJob({ v: 1, job, gen }, real)
}

async function jobOf({ projectId, id }: { projectId: string; id: string }) {
  const found = await ledger.jobs.job(projectId, id)
  return { ...found!, budget: await ledger.projects.budget(projectId) }
}

const done: Polled & Started = { kind: 'done', result: { images: [picture()], usage: {} } }
const cut = async () => {
  throw new ProviderError('outcome_unknown', 'cut', { billed: 'unknown' })
}

test('a job ends with its picture, its cost, and nothing held', async () => {
  const job = await acceptJob()
  const run = createWorker({})
  const gen = await dispatchJob(job.id)
  await Promise.all([run(job.id, gen), run(job.id, gen), run(job.id, gen - 1)])
  const { job: row, attempts, budget } = await jobOf(job)
  expect(row).toMatchObject({
    status: 'succeeded',
    cost: price,
    provider: 'replicate',
    images: [{ width: 64 }],
  })
  expect(attempts, 'three tickets, one call').toHaveLength(1)
  expect(budget).toMatchObject({ held: 0n, spent: price })
})

test('a worker that vanishes in its call is taken over: one call, one payment, and its own late end changes nothing', async () => {
  const job = await acceptJob()
  const paid: string[] = []
  const sent = Promise.withResolvers<void>()
  const awake = Promise.withResolvers<void>()
  const vanished = createWorker(
    {
      start: async ({ attemptId }) => {
        paid.push(attemptId)
        sent.resolve()
        await awake.promise
        return done
      },
    },
    { leaseMs: 1, owner: 'vanished' },
  )
  const first = vanished(job.id, await dispatchJob(job.id))
  await sent.promise
  const retry = await vi.waitFor(async () => {
    const { retry } = await ledger.recovery.expiredLeases(5, 10)
    expect(retry).toHaveLength(1)
    return retry[0]!
  })
  const second = createWorker({
    recoverability: 'findable',
    find: async (attemptId) => (paid.includes(attemptId) ? 'p1' : null),
    poll: async () => done,
  })
  await second(job.id, retry.generation)
  awake.resolve()
  await first
  const { job: row, attempts, budget } = await jobOf(job)
  expect(row).toMatchObject({ status: 'succeeded', cost: price })
  expect(attempts).toMatchObject([{ id: paid[0], state: 'settled', providerRef: 'p1' }])
  expect(budget).toMatchObject({ held: 0n, spent: price })
})

test('a cut call is bought once more and no third time, and what may have been paid stays held', async () => {
  const job = await acceptJob()
  const run = createWorker({ start: cut })
  await run(job.id, await dispatchJob(job.id))
  expect((await jobOf(job)).job).toMatchObject({ status: 'classified', avoid: ['replicate/flux'] })
  await run(job.id, await dispatchJob(job.id))
  const { job: row, attempts, budget } = await jobOf(job)
  expect(row).toMatchObject({ status: 'failed', error: { code: 'outcome_unknown' } })
  expect(attempts.map(({ state }) => state)).toEqual(['unknown', 'unknown'])
  expect(budget).toMatchObject({ held: 2n * price, spent: 0n })
})
