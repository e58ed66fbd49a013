import { newId } from '@halftone/contracts'
import { expect, test, vi } from 'vitest'
import { lead } from './lead.ts'
import { openLedger } from './testing/open-ledger.ts'
import { accept, claimOf, dispatch, newJob, newProject, start } from './testing/sample-jobs.ts'

const opened = openLedger()

async function expireLease(attemptId: string): Promise<void> {
  await opened.sql`update attempts set lease_until = now() - interval '1 second' where id = ${attemptId}`
}

test('a queued job whose ticket may be lost is found, and a dispatched one gets a new generation once', async () => {
  const { ledger, sql } = opened
  const id = await accept(ledger, await newProject(ledger), newJob())
  await sql`update jobs set created_at = now() - interval '10 seconds' where id = ${id}`
  expect(await ledger.recovery.unticketed(5_000, 10)).toEqual([{ id }])
  expect(await ledger.recovery.unticketed(60_000, 10)).toEqual([])

  const [generation = 0] = await dispatch(ledger, [id])
  await sql`update jobs set dispatched_at = now() - interval '10 seconds' where id = ${id}`
  const lost = await ledger.recovery.dispatchedSince(5_000, 10)
  expect(lost).toEqual([{ id, pool: 'openai', generation }])
  const again = await Promise.all([ledger.recovery.redispatch(lost), ledger.recovery.redispatch(lost)])
  expect(again.flat()).toEqual([{ id, pool: 'openai', generation: generation + 1 }])
  expect((await ledger.attempts.claim(claimOf(id, generation))).kind).toBe('void')
  expect((await ledger.attempts.claim(claimOf(id, generation + 1))).kind).toBe('claimed')
})

test('an expired lease is ticketed again so that a worker takes it over, and not twice in a row', async () => {
  const { ledger } = opened
  const { jobId, generation, attemptId, fence } = await start(ledger, await newProject(ledger))
  expect((await ledger.recovery.expiredLeases(2, 10)).retry).toEqual([])
  await expireLease(attemptId)
  const { retry } = await ledger.recovery.expiredLeases(2, 10)
  expect(retry).toEqual([{ id: jobId, pool: 'openai', generation: generation + 1 }])
  expect((await ledger.recovery.expiredLeases(2, 10)).retry).toEqual([])
  const claim = await ledger.attempts.claim(claimOf(jobId, generation + 1, { owner: 'worker-2' }))
  expect(claim).toMatchObject({ kind: 'takeover', attempt: { id: attemptId }, fence: fence + 1n })
  expect((await ledger.recovery.expiredLeases(2, 10)).retry).toEqual([])
})

test('a job that stops worker after worker ends as poison, with its money held until the truth is found', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const { jobId, attemptId } = await start(ledger, project, { hold: 150n })
  for (let round = 0; round < 2; round++) {
    await expireLease(attemptId)
    const [ticket] = (await ledger.recovery.expiredLeases(2, 10)).retry
    expect(ticket?.id).toBe(jobId)
    await ledger.attempts.claim(claimOf(jobId, ticket!.generation, { owner: newId('account') }))
  }
  await expireLease(attemptId)
  expect(await ledger.recovery.expiredLeases(2, 10)).toEqual({ retry: [], ended: [{ jobId, bulkId: null }] })
  const { job, attempts } = (await ledger.jobs.job(project, jobId))!
  expect(job).toMatchObject({ status: 'failed', error: { code: 'poison' }, cost: null, hold: 100n })
  expect(attempts).toMatchObject([{ state: 'unknown' }])
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n, spent: 0n })
  const late = await ledger.attempts.finish({ attemptId, fence: 2n, kind: 'succeeded', cost: 1n, images: [] })
  // the worker lives after all: what it has paid for is used, and the books are right
  expect(late).toEqual({ kind: 'resolved', status: null, bulkId: null, jobId })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n, spent: 1n })
  expect(await sql`select from ledger_entries where kind = 'settle'`).toHaveLength(0)
})

test('while no worker is there to take over, the ticket is repeated and nothing counts against the job', async () => {
  const { ledger, sql } = opened
  const { jobId, attemptId } = await start(ledger, await newProject(ledger))
  await expireLease(attemptId)
  for (let round = 0; round < 5; round++) {
    const { retry, ended } = await ledger.recovery.expiredLeases(1, 10)
    expect(retry.map((ticket) => ticket.id)).toEqual([jobId])
    expect(ended).toEqual([])
    await sql`update attempts set recover_after = now() where id = ${attemptId}`
  }
})

test('a waiting job past its deadline expires and frees its money; a running one does not', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const deadline = new Date(Date.now() - 1_000)
  const id = await accept(ledger, project, newJob({ deadline, webhookUrl: 'http://a.test/' }))
  const running = await start(ledger, project, { deadline })
  expect(await ledger.recovery.expire(10)).toEqual([{ jobId: id, bulkId: null }])
  expect((await ledger.jobs.job(project, id))?.job).toMatchObject({
    status: 'expired',
    error: { code: 'deadline_exceeded' },
  })
  expect((await ledger.jobs.job(project, running.jobId))?.job.status).toBe('running')
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n })
})

test('one leader at a time; a released or killed one is followed by the next and knows that it is none', async () => {
  const { ledger, sql } = opened
  const first = await ledger.recovery.lead('test')
  expect(first?.alive()).toBe(true)
  expect(await ledger.recovery.lead('test')).toBeNull()
  await first?.release()
  expect(first?.alive()).toBe(false)

  const second = await vi.waitUntil(() => ledger.recovery.lead('test'), { interval: 5 })
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'halftone-lead-test'`
  await vi.waitUntil(() => second?.alive() === false, { interval: 5 })
  const third = await vi.waitUntil(() => ledger.recovery.lead('test'), { interval: 5 })
  expect(third?.alive()).toBe(true)
  await third?.release()
})

test('a leader that gives no beat is deposed by Postgres, and knew before that it is none', async () => {
  const frozen = await lead({ url: opened.url, name: 'frozen', beatMs: 60_000, sessionTimeoutMs: 200 })
  await vi.waitUntil(() => frozen?.alive() === false, { interval: 5 })
  const next = await vi.waitUntil(() => lead({ url: opened.url, name: 'frozen' }), { interval: 5 })
  expect(next?.alive()).toBe(true)
  expect(frozen?.alive()).toBe(false)
  await Promise.all([frozen?.release(), next?.release()])
})

test('a worker that stops hands over the calls that the provider knows by an id, and nothing else', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const [known, sending] = [await start(ledger, project), await start(ledger, project)]
  await ledger.attempts.submitted(known.attemptId, known.fence, newId('account'))
  await ledger.attempts.handOver(claimOf('', 0).owner)
  const { retry } = await ledger.recovery.expiredLeases(2, 10)
  expect(retry.map(({ id }) => id)).toContain(known.jobId)
  expect(retry.map(({ id }) => id)).not.toContain(sending.jobId)
})
