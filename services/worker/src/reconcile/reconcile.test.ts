import { jobBodySchema, newId, type Plan } from '@halftone/contracts'
import { createLedger, type Ledger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { type ImageProvider, ProviderError, type UsageCount } from '@halftone/providers'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { picture, start } from '../testing/samples.ts'
import { createWorld } from '../testing/world.ts'
import { type ReconcileDependencies, reconcile } from './reconcile.ts'

const price = 30_000_000n
const minuteMs = 60_000
const plan: Plan = {
  choice: createWorld().job.choice,
  ranked: [],
  excluded: [],
  summary: '',
  policy: 'cheapest',
}

let ledger: Ledger
let sql: postgres.Sql
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  drop = database.drop
  ledger = createLedger({ url: database.url, maxConnections: 4 })
  sql = postgres(database.url, { max: 1 })
})
beforeEach(async () => {
  for (const { id } of await ledger.attempts.unknown()) await resolveFree(id)
})
afterAll(async () => {
  await Promise.all([ledger.stop(), sql.end()])
  await drop()
})

const resolveFree = (attemptId: string) =>
  ledger.reconciliation.resolve([
    { attemptId, outcome: 'free', cost: 0n, images: [], evidence: { by: 'operator', says: 'done' } },
  ])

/** A call at noon, some minutes ago by the worker's clock; `paid`: it ended well. */
async function callAt(secondsAfterNoon: number, paid = false) {
  const { projectId } = await ledger.projects.createKey(newId('project'))
  const id = newId('job')
  const job = {
    id,
    body: jobBodySchema.parse({ prompt: 'a red fox', size: '64x64', routing: { on_unknown: 'hold' } }),
    inputs: { width: 64, height: 64, images: [], mask: null },
    deadline: new Date(Date.now() + 3_600_000),
    runAt: new Date(Date.now() - 1_000),
    hold: price,
    ceiling: null,
    quoted: price,
    baseline: null,
    webhookUrl: 'http://127.0.0.1:9/hook',
  }
  await ledger.accept.job({ projectId, job, idempotency: null })
  await ledger.classify.tag([
    { id, tag: { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } },
  ])
  const [planId = ''] = await ledger.dispatch.savePlans([{ digest: Buffer.alloc(32, 1), plan }])
  const wish = { id, pool: 'replicate', planId, worst: price, latencyMissed: false }
  const { dispatched } = await ledger.dispatch.dispatch([wish])
  const startedAt = new Date(start + secondsAfterNoon * 1_000)
  const attemptId = `att_${startedAt.getTime().toString(16).padStart(12, '0')}${newId('attempt').slice(16)}`
  await ledger.attempts.claim({
    attemptId,
    jobId: id,
    generation: dispatched[0]!.generation,
    owner: 'gone',
    leaseMs: 15_000,
    provider: 'replicate',
    model: 'flux',
    account: 'replicate',
    operation: 'generate',
    ruleId: 'cur:replicate/flux/generate',
    priceVersion: 7,
    worst: price,
    simulated: true,
  })
  const error = { code: 'outcome_unknown' as const, message: 'cut', next: null }
  await ledger.attempts.finish(
    paid
      ? { attemptId, fence: 1n, kind: 'succeeded', cost: price, images: [] }
      : { attemptId, fence: 1n, kind: 'unknown', error, rebuy: false, avoid: null },
  )
  await sql`update attempts set started_at = ${startedAt}, finished_at = ${new Date(startedAt.getTime() + 5_000)} where id = ${attemptId}`
  const read = async () => {
    const { job: row, attempts } = (await ledger.jobs.job(projectId, id))!
    const { held, spent } = await ledger.projects.budget(projectId)
    return {
      status: row.status,
      pictures: row.images.length,
      cost: row.cost,
      state: attempts[0]?.state,
      held,
      spent,
      evidence: attempts[0]?.evidence,
    }
  }
  return { attemptId, jobId: id, read }
}

/** A worker that looks at all unknown calls whenever it is told, an hour after noon. */
function createWorker(provider: Partial<ImageProvider>) {
  const world = createWorld({ provider, settings: { lagMs: 30 * minuteMs, callTimeoutMs: 5_000 } })
  world.pass(60 * minuteMs)
  const deps: ReconcileDependencies = {
    ...world.deps,
    reconciliation: ledger.reconciliation,
    adopt: ledger.reconciliation.adopt,
  }
  return {
    ...world,
    async round(passMs = 2_000) {
      world.pass(passMs)
      await sql`update attempts set reconcile_after = '-infinity'`
      await reconcile(deps)
    },
  }
}

test('pictures that lay in the store under the attempt’s id are booked and attached', async () => {
  const lost = await callAt(0)
  const worker = createWorker({})
  const images = [
    { fileId: newId('file'), sha256: 'a'.repeat(64), width: 64, height: 64, format: 'png', bytes: 9 },
  ]
  worker.notes.set(lost.attemptId, JSON.stringify({ v: 1, images, cost: '20000000' }))
  await worker.round()
  expect(await lost.read()).toMatchObject({
    status: 'failed',
    pictures: 1,
    cost: 20_000_000n,
    state: 'resolved',
    held: 0n,
    spent: 20_000_000n,
    evidence: { by: 'note' },
  })
  expect(worker.notes.size).toBe(0)
  expect(worker.steps).toEqual(['told'])
})

test('a callback’s id is asked for; its late picture is stored, paid and told', async () => {
  const lost = await callAt(0)
  await ledger.reconciliation.hint(lost.attemptId, `p-${lost.attemptId}`)
  const asked: string[] = []
  const worker = createWorker({
    poll: async (ref) => {
      asked.push(ref)
      if (asked.length === 1) throw new ProviderError('provider_down', 'down', { billed: 'unknown' })
      return { kind: 'done', result: { images: [picture()], usage: {} } }
    },
  })
  await worker.round()
  expect(await lost.read(), 'a failed poll says nothing').toMatchObject({ state: 'unknown', held: price })
  await worker.round()
  expect(asked).toEqual([`p-${lost.attemptId}`, `p-${lost.attemptId}`])
  expect(await lost.read()).toMatchObject({
    pictures: 1,
    state: 'resolved',
    held: 0n,
    spent: price,
    evidence: { by: 'poll' },
  })
})

test('a provider’s “no such call” counts only after its lag; one that ended without a picture is free at once', async () => {
  const [early, aged] = [await callAt(45 * 60), await callAt(0)]
  const worker = createWorker({ find: async () => null })
  await worker.round()
  expect(await early.read()).toMatchObject({ state: 'unknown', held: price })
  expect(await aged.read()).toMatchObject({ state: 'resolved', cost: 0n, held: 0n, evidence: { by: 'find' } })
  const failing = createWorker({
    find: async (id) => `p-${id}`,
    poll: async () => {
      throw new ProviderError('provider_down', 'failed', { billed: 'no' })
    },
  })
  await failing.round()
  expect(await early.read()).toMatchObject({ state: 'resolved', cost: 0n, evidence: { by: 'poll' } })
})

/** A blind provider whose usage report counts so many requests at noon, reading after reading. */
function reporting(counts: number[]): Partial<ImageProvider> {
  let reading = 0
  return {
    usage: async (since, until): Promise<UsageCount[]> => {
      const requests = counts[Math.min(reading++, counts.length - 1)] ?? 0
      return [{ from: since, to: until, model: 'flux', size: '64x64', requests, images: requests }]
    },
  }
}

test('the usage report tells how many were paid, once it said the same twice; a partial first page decides nothing', async () => {
  const unknown = [await callAt(1_210), await callAt(1_212), await callAt(1_214)]
  await callAt(1_213, true)
  // two of three were paid; the first reading misses half of it
  const worker = createWorker(reporting([1, 3]))
  await worker.round()
  expect((await unknown[0]!.read()).evidence).toMatchObject({ by: 'usage', detail: { requests: 1 } })
  await worker.round()
  expect((await unknown[0]!.read()).state, 'said once').toBe('unknown')
  await worker.round(10)
  expect((await unknown[0]!.read()).state, 'said twice, in one breath').toBe('unknown')
  await worker.round()
  const states = await Promise.all(unknown.map(({ read }) => read()))
  expect(states.map(({ state, cost, held }) => [state, cost, held])).toEqual([
    ['resolved', price, 0n],
    ['resolved', price, 0n],
    ['resolved', 0n, 0n],
  ])
  expect(states[0]?.evidence).toMatchObject({ by: 'usage', detail: { requests: 3, paid: 2, unknown: 3 } })
})

test('a count that others share in, and one before its lag, resolve nothing and say why', async () => {
  const [lost, early] = [await callAt(610), await callAt(50 * 60)]
  const worker = createWorker(reporting([5]))
  await worker.round()
  await worker.round()
  expect(await lost.read()).toMatchObject({
    state: 'unknown',
    evidence: { says: expect.stringContaining('somebody else') },
  })
  expect(await early.read()).toMatchObject({ state: 'unknown', evidence: null })
})
