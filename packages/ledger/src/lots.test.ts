import { newId, type PublicError, poolOf } from '@halftone/contracts'
import { expect, test } from 'vitest'
import type { Finish, LotClaim } from './ledger.ts'
import { balanceFaults } from './testing/balance-faults.ts'
import { openLedger } from './testing/open-ledger.ts'
import { accept, image, newJob, newPlan, newProject, tag } from './testing/sample-jobs.ts'

const opened = openLedger()
const leaseMs = 15_000
const lostLine: PublicError = { code: 'provider_down', message: 'no answer for this line', next: null }

/** Jobs that wait for a lot of a provider of the test's own. */
async function collect(count: number, { hold = 100n, budget = null as bigint | null } = {}) {
  const { ledger } = opened
  const provider = `host-${newId('lot').slice(-8)}`
  const project = await newProject(ledger, budget)
  const jobs: string[] = []
  for (let i = 0; i < count; i++) jobs.push(await accept(ledger, project, newJob({ hold })))
  await ledger.classify.tag(jobs.map((id) => ({ id, tag })))
  const [planId] = await ledger.dispatch.savePlans([newPlan(provider)])
  const pool = poolOf({ provider, batch: true })
  await ledger.dispatch.assign(jobs.map((id) => ({ id, pool, planId: planId! })))
  const [collecting] = await ledger.lots.collecting(provider)
  return { provider, project, jobs, lot: collecting!.lot, waiting: collecting!.waiting }
}

function claimOf(lotId: string, fence: bigint, jobs: string[], worst = 100n): LotClaim {
  const lines = jobs.map((jobId) => ({
    jobId,
    generation: 0,
    attemptId: newId('attempt'),
    operation: 'generate',
    ruleId: 'rule-1',
    priceVersion: 1,
    worst,
  }))
  return { lotId, fence, lines, returnBy: new Date(Date.now() + 60_000), simulated: true }
}

async function submit(count: number) {
  const { ledger } = opened
  const collected = await collect(count)
  const held = await ledger.lots.hold(collected.lot.id, 'worker-1', leaseMs)
  const claim = claimOf(collected.lot.id, held!.fence, collected.jobs)
  await ledger.lots.claim(claim)
  await ledger.lots.submitted(claim.lotId, claim.fence, `batch_${claim.lotId}`)
  return { ...collected, claim }
}

test('a lot is claimed whole or not at all, and asking again answers the same', async () => {
  const { ledger, sql } = opened
  const { lot, jobs, waiting } = await collect(3)
  expect(waiting).toBe(3)
  expect((await ledger.lots.waiting(lot.id, 10)).sort()).toEqual(jobs.toSorted())
  const held = await ledger.lots.hold(lot.id, 'worker-1', leaseMs)
  const claim = claimOf(lot.id, held!.fence, jobs)
  const first = await ledger.lots.claim(claim)
  expect(first?.attemptIds).toHaveLength(3)
  expect((await ledger.lots.claim(claim))?.attemptIds.sort()).toEqual(first?.attemptIds.toSorted())
  expect(await ledger.lots.claim({ ...claim, fence: claim.fence - 1n })).toBeNull()
  const rows = await sql`select distinct a.state, j.status from attempts a join jobs j on j.id = a.job_id
    where a.lot_id = ${lot.id}`
  expect(rows).toMatchObject([{ state: 'submitting', status: 'running' }])
})

test('one holder at a time; a new one takes the lines with it, and the old one writes nothing any more', async () => {
  const { ledger, sql } = opened
  const { lot, claim } = await submit(2)
  expect(await ledger.lots.hold(lot.id, 'worker-2', leaseMs)).toBeNull()
  await sql`update lots set lease_until = now() - interval '1 second' where id = ${lot.id}`
  expect(await ledger.lots.orphans([lot.provider], 10)).toEqual([lot.id])
  const taken = await ledger.lots.hold(lot.id, 'worker-2', leaseMs)
  expect(taken).toMatchObject({ state: 'submitted', providerRef: `batch_${lot.id}` })
  expect(await ledger.lots.extend('worker-1', leaseMs, [lot.id])).toEqual([])
  expect(await ledger.lots.cancelAsked(lot.id, claim.fence)).toBe(false)
  const attemptId = claim.lines[0]!.attemptId
  const finish: Finish = {
    attemptId,
    fence: claim.fence,
    kind: 'released',
    error: lostLine,
    avoid: 'batch',
    delayMs: 0,
  }
  expect(await ledger.attempts.finish(finish)).toEqual({ kind: 'late' })
  expect(await ledger.attempts.finish({ ...finish, fence: taken!.fence })).toEqual({ kind: 'returned' })
})

test('a file that is told by an old holder, or after its lease, is not to be sent', async () => {
  const { ledger, sql } = opened
  const { lot, jobs } = await collect(1)
  const held = await ledger.lots.hold(lot.id, 'worker-1', leaseMs)
  await ledger.lots.claim(claimOf(lot.id, held!.fence, jobs))
  expect(await ledger.lots.keepFile(lot.id, held!.fence, 'file-1')).toBe(true)
  await sql`update lots set lease_until = now() - interval '1 second' where id = ${lot.id}`
  expect(await ledger.lots.keepFile(lot.id, held!.fence, 'file-2')).toBe(false)
})

test('lines settle one by one, and the lot ends once none is live; the books stay balanced', async () => {
  const { ledger, sql } = opened
  const { lot, claim, project } = await submit(3)
  const [a, b, c] = claim.lines.map(({ attemptId }) => attemptId)
  const { fence } = claim
  await ledger.attempts.finish({
    attemptId: a!,
    fence,
    kind: 'succeeded',
    cost: 50n,
    live: 100n,
    images: [image()],
  })
  await ledger.attempts.finish({
    attemptId: b!,
    fence,
    kind: 'released',
    error: lostLine,
    avoid: 'batch',
    delayMs: 0,
  })
  expect(await ledger.lots.end(lot.id, fence, 'ended')).toBe(false)
  expect(
    (await ledger.lots.openLines(lot.id, { after: null, limit: 9 })).map((line) => line.liveAttempt?.id),
  ).toEqual([c])
  await ledger.attempts.finish({ attemptId: c!, fence, kind: 'failed', cost: 0n, error: lostLine })
  expect(await ledger.lots.end(lot.id, fence, 'ended')).toBe(true)
  expect(await ledger.lots.hold(lot.id, 'worker-2', leaseMs)).toBeNull()
  const [row] = await sql`select state, lines, done, undone from lots where id = ${lot.id}`
  expect(row).toEqual({ state: 'ended', lines: 3, done: 1, undone: 2 })
  const whole = await ledger.jobs.list(project, { limit: 10 })
  expect(whole.jobs.map(({ status }) => status).sort()).toEqual(['classified', 'failed', 'succeeded'])
  expect(Object.values(await balanceFaults(sql)).flat()).toEqual([])
})

test('a job that a budget keeps out goes back to be planned; one that is gone is left out; the rest goes', async () => {
  const { ledger } = opened
  const { lot, jobs, project } = await collect(3, { budget: 300n })
  await ledger.jobs.cancelJob(project, jobs[0]!)
  const held = await ledger.lots.hold(lot.id, 'worker-1', leaseMs)
  // 100 are free again, so the raise of one more job to 200 fits and that of the other does not
  const claimed = await ledger.lots.claim(claimOf(lot.id, held!.fence, jobs, 200n))
  expect(claimed?.attemptIds).toHaveLength(1)
})

test('an expired lease of a lot is nobody else’s business: no ticket is written for its lines', async () => {
  const { ledger, sql } = opened
  const { lot } = await submit(1)
  await sql`update lots set lease_until = now() - interval '1 day' where id = ${lot.id}`
  const { retry } = await ledger.recovery.expiredLeases(5, 100)
  expect(retry).toEqual([])
})
