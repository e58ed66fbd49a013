import type { PublicError } from '@halftone/contracts'
import { expect, test } from 'vitest'
import type { Finish, Resolution } from './ledger.ts'
import { balanceFaults } from './testing/balance-faults.ts'
import { openLedger } from './testing/open-ledger.ts'
import { claimOf, image, newProject, start, startAccepted } from './testing/sample-jobs.ts'

const opened = openLedger()
const cut: PublicError = { code: 'outcome_unknown', message: 'cut', next: null }
const evidence = { by: 'poll', says: 'the provider told' } as const
const paid = (attemptId: string, cost: bigint, images = [image()]): Resolution => ({
  attemptId,
  outcome: 'paid',
  cost,
  images,
  evidence,
})
const free = (attemptId: string): Resolution => ({
  attemptId,
  outcome: 'free',
  cost: 0n,
  images: [],
  evidence,
})

async function lose(
  values: { hold?: bigint; webhookUrl?: string } = {},
  rebuy = false,
  budget: bigint | null = null,
) {
  const { ledger } = opened
  const project = await newProject(ledger, budget)
  const started = await start(ledger, project, values)
  const finish: Finish = { ...started, kind: 'unknown', error: cut, rebuy, avoid: null }
  const finished = await ledger.attempts.finish(finish)
  const read = async () => {
    const { job, attempts } = (await ledger.jobs.job(project, started.jobId))!
    const { held, spent } = await ledger.projects.budget(project)
    return { job, attempts, held, spent }
  }
  return { ...started, project, finished, read }
}

const messagesOf = (jobId: string) =>
  opened.sql<{ type: string }[]>`select type from webhook_messages where job_id = ${jobId} order by sequence`

test('an ended job keeps its state; its money, its late picture and one event follow, however often it is said', async () => {
  const { ledger } = opened
  const { jobId, attemptId, read } = await lose({ webhookUrl: 'http://a.test/hook' })
  const resolution = paid(attemptId, 60n)
  const [first, ...others] = (
    await Promise.all(Array.from({ length: 5 }, () => ledger.reconciliation.resolve([resolution])))
  ).toSorted((a, b) => b.length - a.length)
  expect(first).toEqual([{ attemptId, jobId, bulkId: null, status: null }])
  expect(others.flat()).toEqual([])
  const { job, attempts, held, spent } = await read()
  expect({ held, spent }).toEqual({ held: 0n, spent: 60n })
  expect(job).toMatchObject({ status: 'failed', cost: 60n, hold: 0n, images: resolution.images })
  expect(attempts).toMatchObject([{ state: 'resolved', cost: 60n, evidence }])
  expect(await ledger.files.find(resolution.images[0]!.fileId)).not.toBeNull()
  expect((await messagesOf(jobId)).map(({ type }) => type)).toEqual([
    'image.job.failed',
    'image.job.resolved',
  ])
})

test('what was free is given back; what cost more than was held is spent all the same', async () => {
  const { ledger } = opened
  const [one, other] = [await lose({}, false, 100n), await lose({}, false, 100n)]
  await ledger.reconciliation.resolve([free(one.attemptId)])
  await ledger.reconciliation.resolve([paid(other.attemptId, 130n)])
  expect(await one.read()).toMatchObject({ held: 0n, spent: 0n, job: { cost: 0n }, attempts: [{ cost: 0n }] })
  expect(await other.read()).toMatchObject({ held: 0n, spent: 130n, job: { cost: 130n } })
  expect(await balanceFaults(opened.sql)).toEqual({})
})

test('what rests on several attempts is booked for all of them or for none', async () => {
  const { ledger } = opened
  const [one, other] = [await lose(), await lose()]
  await ledger.reconciliation.resolve([free(one.attemptId)])
  expect(await ledger.reconciliation.resolve([paid(one.attemptId, 5n), free(other.attemptId)])).toEqual([])
  expect(await other.read()).toMatchObject({ held: 100n, attempts: [{ state: 'unknown' }] })
})

test('a late answer ends a job that waits to be bought again: nothing is bought twice', async () => {
  const { ledger } = opened
  const { jobId, attemptId, fence, finished, read } = await lose({ webhookUrl: 'http://a.test/hook' }, true)
  expect(finished).toEqual({ kind: 'returned' })
  const late: Finish = { attemptId, fence, kind: 'succeeded', cost: 70n, images: [image()] }
  const ended = { kind: 'resolved', status: 'succeeded', jobId, bulkId: null }
  expect(await ledger.attempts.finish(late)).toEqual(ended)
  expect(await ledger.attempts.finish(late), 'its answer got lost, and it is asked again').toEqual(ended)
  const { job, held, spent } = await read()
  expect(job).toMatchObject({ status: 'succeeded', cost: 70n, images: late.images })
  expect({ held, spent }).toEqual({ held: 0n, spent: 70n })
  expect((await messagesOf(jobId)).map(({ type }) => type)).toEqual(['image.job.succeeded'])
  expect(await balanceFaults(opened.sql)).toEqual({})
})

test('while the second purchase runs a late picture is kept, and ends the job if that one brings none', async () => {
  const { ledger } = opened
  const { jobId, attemptId, fence, read } = await lose({}, true)
  const second = await startAccepted(ledger, jobId)
  const late = await ledger.attempts.finish({
    attemptId,
    fence,
    kind: 'succeeded',
    cost: 70n,
    images: [image()],
  })
  expect(late).toMatchObject({ kind: 'resolved', status: null })
  expect(await read()).toMatchObject({ held: 100n, spent: 70n, job: { status: 'running' } })
  const finished = await ledger.attempts.finish({
    ...second,
    kind: 'released',
    error: cut,
    avoid: null,
    delayMs: 0,
  })
  expect(finished).toMatchObject({ kind: 'ended', status: 'succeeded' })
  const { job, held, spent } = await read()
  expect({ held, spent }).toEqual({ held: 0n, spent: 70n })
  expect(job).toMatchObject({ status: 'succeeded', cost: 70n })
  expect(job.images).toHaveLength(1)
  expect(await balanceFaults(opened.sql)).toEqual({})
})

test('a job is bought once more at most, also when the first call’s truth is found in between', async () => {
  const { ledger } = opened
  const { jobId, attemptId, read } = await lose({}, true)
  await ledger.reconciliation.resolve([paid(attemptId, 40n, [])])
  const second = await startAccepted(ledger, jobId)
  const finished = await ledger.attempts.finish({
    ...second,
    kind: 'unknown',
    error: cut,
    rebuy: true,
    avoid: null,
  })
  expect(finished).toMatchObject({ kind: 'ended', status: 'failed' })
  await ledger.reconciliation.resolve([free(second.attemptId)])
  expect(await read()).toMatchObject({ held: 0n, spent: 40n, job: { cost: 40n } })
  expect(await balanceFaults(opened.sql)).toEqual({})
})

test('an older worker’s answer is used once the attempt was given up, whatever its fence; its silence is not', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const { jobId, generation, attemptId, fence } = await start(ledger, project)
  await sql`update attempts set lease_until = now() - interval '1 second' where id = ${attemptId}`
  const takeover = await ledger.attempts.claim(claimOf(jobId, generation, { owner: 'worker-2' }))
  if (takeover.kind !== 'takeover') throw new Error(takeover.kind)
  const real: Finish = { attemptId, fence, kind: 'succeeded', cost: 60n, images: [image()] }
  expect((await ledger.attempts.finish(real)).kind, 'another holds it').toBe('late')
  const unknown = { attemptId, kind: 'unknown', error: cut, rebuy: false, avoid: null } as const
  await ledger.attempts.finish({ ...unknown, fence: takeover.fence })
  expect((await ledger.attempts.finish({ ...unknown, fence })).kind).toBe('late')
  expect(await ledger.attempts.finish(real)).toMatchObject({ kind: 'resolved', status: null })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n, spent: 60n })
})

test('unknown attempts are taken in turn with the choice they were made by, and marked for a person in time', async () => {
  const { ledger, sql } = opened
  const { jobId, attemptId } = await lose({}, true)
  await startAccepted(ledger, jobId, 90n, { provider: 'other', worst: 90n })
  const options = { everyMs: 60_000, personMs: 3_600_000, limit: 1_000 }
  const takes = await Promise.all([1, 2, 3].map(() => ledger.reconciliation.take(['openai'], options)))
  const own = takes.flat().filter((job) => job.id === jobId)
  expect(own).toMatchObject([{ liveAttempt: { id: attemptId, worst: 100n }, choice: { worst_nano: 100n } }])
  expect(await ledger.reconciliation.take(['other'], options)).toEqual([])
  await sql`update attempts set started_at = now() - interval '2 hours', reconcile_after = now() where id = ${attemptId}`
  await ledger.reconciliation.take(['openai'], options)
  expect((await ledger.reconciliation.find(attemptId))?.personSince).toBeInstanceOf(Date)
})

test('a provider’s id from a callback is adopted by one attempt only, and only by its holder', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const [one, other] = [await start(ledger, project), await start(ledger, project)]
  const { adopt, hint, find } = ledger.reconciliation
  await Promise.all([hint(one.attemptId, 'p1'), hint(other.attemptId, 'p1')])
  await hint(one.attemptId, 'p2')
  expect((await find(one.attemptId))?.attempt.callbackRef, 'the first stays').toBe('p1')
  expect(await adopt(one.attemptId, one.fence + 1n, 'p1')).toBe(false)
  const adopted = await Promise.all([
    adopt(one.attemptId, one.fence, 'p1'),
    adopt(other.attemptId, other.fence, 'p1'),
  ])
  expect(adopted.toSorted()).toEqual([false, true])
  const states = await Promise.all([find(one.attemptId), find(other.attemptId)])
  expect(states.map((found) => found?.attempt.state).toSorted()).toEqual(['submitted', 'submitting'])
})
