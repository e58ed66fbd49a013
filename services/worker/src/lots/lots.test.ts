import { avoidBatch, type Candidate, jobBodySchema, newId, poolOf } from '@halftone/contracts'
import { sampleRule } from '@halftone/contracts/testing'
import { createLedger, type Ledger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import type { BatchDesk, LotStatus, Result } from '@halftone/providers'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { picture, spec } from '../testing/samples.ts'
import { createWorld } from '../testing/world.ts'
import { createGrips } from './grips.ts'
import type { LotDependencies } from './lot-desk.ts'
import { submitLot } from './submit-lot.ts'
import { tendLot } from './tend-lot.ts'

const price = 30_000_000n
const half = price / 2n
const reserveMs = 90_000
const discount = { kind: 'batch_discount' as const, percent_off: '50', when: { batch: true } }

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

/** A provider's batch API that does as the test says; `ends`: what it tells of a line, by its attempt. */
function makeDesk() {
  const seen = { submits: 0, cancels: 0, lines: [] as string[] }
  const says = { status: { kind: 'running' } as LotStatus, pictures: 0, submit: async () => 'batch_1' }
  const desk: BatchDesk = {
    linesMax: 10,
    bytesMax: 10_000,
    line: async ({ attemptId }) => attemptId,
    async submit({ lines }, keepFile) {
      if (!(await keepFile('file_1'))) throw new Error('not ours')
      seen.submits++
      seen.lines.push(...lines)
      return says.submit()
    },
    find: async () => ({ kind: 'found', ref: 'batch_1' }),
    poll: async () => says.status,
    async *results() {
      const result: Result = { images: [picture()], usage: {} }
      for (const id of seen.lines.slice(0, says.pictures))
        yield { id, brings: true, read: async () => result }
    },
    async cancel() {
      seen.cancels++
      says.status = { kind: 'ended', billed: says.pictures, why: 'cancelled' }
    },
  }
  return { desk, seen, says }
}

async function waitingJobs(count: number, provider: string, onUnknown: 'auto' | 'hold' = 'auto') {
  const { projectId } = await ledger.projects.createKey(newId('project'))
  const choice: Candidate = {
    provider,
    model: 'flux',
    operation: 'generate',
    quality_asked: null,
    rule_id: 'cur:replicate/flux/generate',
    price_version: 7,
    cost_nano: half,
    worst_nano: half,
    expected_ms: 1_000,
    quality: 0.8,
    batch: true,
    eligible: true,
    reason: null,
  }
  const plan = { choice, ranked: [], excluded: [], summary: 'a lot', policy: 'cheapest' }
  const [planId = ''] = await ledger.dispatch.savePlans([{ digest: Buffer.from(newId('plan')), plan }])
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const id = newId('job')
    ids.push(id)
    const job = {
      id,
      body: jobBodySchema.parse({ prompt: 'a red fox', size: '64x64', routing: { on_unknown: onUnknown } }),
      inputs: { width: 64, height: 64, images: [], mask: null },
      deadline: new Date(Date.now() + 3_600_000),
      runAt: new Date(Date.now() - 1_000),
      hold: price,
      ceiling: null,
      quoted: half,
      baseline: null,
      webhookUrl: null,
    }
    await ledger.accept.job({ projectId, job, idempotency: null })
  }
  const tag = { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } as const
  await ledger.classify.tag(ids.map((id) => ({ id, tag: { ...tag, plausible: [...tag.plausible] } })))
  await ledger.dispatch.assign(ids.map((id) => ({ id, pool: poolOf(choice), planId })))
  return { projectId, ids }
}

/** A worker at this hour of the ledger's jobs, whose sleep makes the time pass. */
async function worker(desk: BatchDesk, provider: string) {
  let ahead = 0
  const rule = sampleRule('0.03', {
    id: 'cur:replicate/flux/generate',
    provider,
    model: 'flux',
    modifiers: [discount],
  })
  const world = createWorld({ rule, provider: { id: provider, batch: desk } })
  const own = { ...spec, provider, batch: { lines_max: 10, hours: 24 } }
  const rules = new Map([[`${provider}/flux`, [{ version: 7, rule }]]])
  const deps: LotDependencies = {
    ...world.deps,
    market: () => ({ ...world.view, models: [own], rules }),
    attempts: ledger.attempts,
    lots: ledger.lots,
    endWaiting: ledger.dispatch.end,
    priceHistory: ledger.prices.history,
    clock: () => Date.now() + ahead,
    monotonic: () => 0,
    async sleep(ms) {
      ahead += ms
    },
    lotSettings: { collectMs: 0, linesMax: 10, bytesMax: 10_000, pollMs: 30_000, reserveMs },
  }
  const [collecting] = await ledger.lots.collecting(provider)
  const grip = await createGrips(deps).take(collecting!.lot.id)
  return { deps, grip: grip!, again: async () => createGrips(deps).take(collecting!.lot.id) }
}

const stateOf = async (projectId: string, id: string) => {
  const whole = await ledger.jobs.job(projectId, id)
  return { ...whole!.job, attempts: whole!.attempts }
}

async function sendLot(count: number, onUnknown: 'auto' | 'hold' = 'auto') {
  const provider = `host-${newId('lot').slice(-8)}`
  const jobs = await waitingJobs(count, provider, onUnknown)
  const { desk, seen, says } = makeDesk()
  const { deps, grip } = await worker(desk, provider)
  const submitted = await submitLot(grip, deps)
  const lot = await ledger.lots.linesOf(grip.lot.id, seen.lines)
  expect(lot).toHaveLength(count)
  if (submitted.kind !== 'sent') throw new Error('nothing was sent')
  return { ...jobs, deps, grip: submitted.grip, seen, says, ref: submitted.providerRef }
}

test('each line is booked at half its live price, and what a late lot left undone goes to the live tier in time', async () => {
  const { projectId, ids, deps, grip, seen, says, ref } = await sendLot(3)
  expect(ref).toBe('batch_1')
  says.pictures = 2
  await tendLot(grip, 'batch_1', deps)
  expect(seen).toMatchObject({ submits: 1, cancels: 1 })
  const jobs = await Promise.all(ids.map((id) => stateOf(projectId, id)))
  const done = jobs.filter(({ status }) => status === 'succeeded')
  expect(done.map(({ cost }) => cost)).toEqual([half, half])
  expect(done[0]?.attempts).toMatchObject([{ state: 'settled', cost: half, live: price, lotId: grip.lot.id }])
  const [undone] = jobs.filter(({ status }) => status === 'classified')
  expect(undone).toMatchObject({ pool: null, avoid: [avoidBatch], attempts: [{ state: 'released' }] })
  expect(undone!.deadline.getTime() - deps.clock()).toBeGreaterThan(reserveMs / 3)
  expect(await ledger.projects.budget(projectId)).toMatchObject({ spent: 2n * half, held: price })
})

test('a lot that does not even end when canceled keeps no deadline: its lines are bought once more, and its truth is booked later', async () => {
  const { projectId, ids, deps, grip, says } = await sendLot(1)
  const silent = { ...deps.providers.get(grip.lot.provider)!.batch!, cancel: async () => {} }
  const provider = { ...deps.providers.get(grip.lot.provider)!, batch: silent }
  let polls = 0
  silent.poll = async () => {
    const job = await stateOf(projectId, ids[0]!)
    if (job.attempts[0]?.state !== 'unknown') return { kind: 'running' }
    polls++
    expect(job).toMatchObject({ status: 'classified', avoid: [avoidBatch] })
    says.pictures = 1
    return { kind: 'ended', billed: 1, why: 'completed' }
  }
  await tendLot(grip, 'batch_1', { ...deps, providers: new Map([[provider.id, provider]]) })
  expect(polls).toBe(1)
  const job = await stateOf(projectId, ids[0]!)
  expect(job).toMatchObject({
    status: 'succeeded',
    images: [{ width: 64 }],
    attempts: [{ state: 'resolved', cost: half }],
  })
  expect(await ledger.projects.budget(projectId)).toMatchObject({ held: 0n, spent: half })
})

test('a lot that was billed for more than it tells leaves the missing line unknown; one that is not goes back free', async () => {
  for (const [billed, state] of [
    [1, 'unknown'],
    [0, 'released'],
  ] as const) {
    const { projectId, ids, deps, grip, says } = await sendLot(1, 'hold')
    says.status = { kind: 'ended', billed, why: 'completed' }
    await tendLot(grip, 'batch_1', deps)
    expect((await stateOf(projectId, ids[0]!)).attempts).toMatchObject([{ state }])
  }
})

test('whose lease may be over sends nothing', async () => {
  const provider = `host-${newId('lot').slice(-8)}`
  await waitingJobs(1, provider)
  const { desk, seen } = makeDesk()
  const { deps, grip } = await worker(desk, provider)
  await expect(submitLot({ ...grip, isSure: () => false }, deps)).rejects.toThrow('not ours')
  expect(seen.submits).toBe(0)
})
