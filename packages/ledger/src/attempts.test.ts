import { newId, type PublicError } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { createLedger } from './create-ledger.ts'
import type { Finish } from './ledger.ts'
import { openLedger } from './testing/open-ledger.ts'
import {
  accept,
  acceptBulk,
  claimOf,
  dispatch,
  image,
  newJob,
  newProject,
  start,
  startAccepted,
} from './testing/sample-jobs.ts'

const opened = openLedger()
const cut: PublicError = { code: 'outcome_unknown', message: 'cut', next: null }
const down: PublicError = { code: 'provider_down', message: 'down', next: null }

async function jobOf(projectId: string, id: string) {
  const found = await opened.ledger.jobs.job(projectId, id)
  return found!.job
}

test('a success settles the cost, frees the rest, stores the picture and tells the webhook once', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const { jobId, attemptId, fence } = await start(ledger, project, {
    hold: 100n,
    webhookUrl: 'http://a.test/hook',
  })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n, spent: 0n })

  const picture = image()
  const finish: Finish = { attemptId, fence, kind: 'succeeded', cost: 60n, images: [picture] }
  const finished = { kind: 'ended', status: 'succeeded', bulkId: null, jobId }
  expect(await ledger.attempts.finish(finish)).toEqual(finished)
  // the answer may get lost: asking again changes nothing and answers the same
  expect(await ledger.attempts.finish(finish)).toEqual(finished)

  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n, spent: 60n })
  const { job, attempts, plan } = (await ledger.jobs.job(project, jobId))!
  expect(job).toMatchObject({
    status: 'succeeded',
    cost: 60n,
    hold: 0n,
    provider: 'openai',
    model: 'model-1',
    images: [picture],
  })
  expect(job.finishedAt).toBeInstanceOf(Date)
  expect(attempts).toMatchObject([{ id: attemptId, state: 'settled', cost: 60n, priceVersion: 1 }])
  expect(plan?.choice?.worst_nano).toBe(100n)
  expect(await ledger.files.find(picture.fileId)).toMatchObject({ purpose: 'result', projectId: project })
  const messages = await ledger.outbox.take(10, 1_000)
  expect(messages).toMatchObject([
    { type: 'image.job.succeeded', sequence: 1, url: 'http://a.test/hook', job: { id: jobId } },
  ])
  const entries = await sql`select kind, nano from ledger_entries where job_id = ${jobId} order by id`
  expect(entries.map((entry) => [entry.kind, entry.nano])).toEqual([
    ['hold', 100n],
    ['settle', 60n],
    ['release', 40n],
  ])
})

test('what a provider charges above the hold is spent as an overrun', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger, 100n)
  const { jobId, attemptId, fence } = await start(ledger, project)
  await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: 130n, images: [] })
  expect(await ledger.projects.budget(project)).toEqual({ limit: 100n, held: 0n, spent: 130n })
  const [overrun] = await sql`select nano from ledger_entries where job_id = ${jobId} and kind = 'overrun'`
  expect(overrun?.nano).toBe(30n)
})

test('of many claims for one ticket exactly one may call', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const id = await accept(ledger, project, newJob())
  const [generation = 0] = await dispatch(ledger, [id])
  const claims = await Promise.all(
    Array.from({ length: 20 }, () => ledger.attempts.claim(claimOf(id, generation))),
  )
  expect(claims.filter((claim) => claim.kind === 'claimed')).toHaveLength(1)
  expect(claims.filter((claim) => claim.kind === 'busy')).toHaveLength(19)
})

test('two live attempts of one job cannot be stored', async () => {
  const { ledger, sql } = opened
  const { attemptId } = await start(ledger, await newProject(ledger))
  await expect(sql`
    insert into attempts select (a).* from (
      select jsonb_populate_record(a, jsonb_build_object('id', ${newId('attempt')}::text)) as a
      from attempts a where id = ${attemptId}) as copied`).rejects.toThrow('attempts_live')
})

test('a ticket of an older generation, of an ended job, or of no job is void', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const id = await accept(ledger, project, newJob())
  const [generation = 0] = await dispatch(ledger, [id])
  const kindOf = async (job: string, gen: number) => (await ledger.attempts.claim(claimOf(job, gen))).kind
  expect(await kindOf(id, generation - 1)).toBe('void')
  expect(await kindOf(newId('job'), 1)).toBe('void')
  await ledger.jobs.cancelJob(project, id)
  expect(await kindOf(id, generation)).toBe('void')
})

test('an expired lease is taken over with a higher fence, and the old holder writes nothing any more', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const { jobId, generation, attemptId, fence } = await startExpired(project)
  const claim = await ledger.attempts.claim(claimOf(jobId, generation, { owner: 'worker-2' }))
  expect(claim).toMatchObject({
    kind: 'takeover',
    fence: fence + 1n,
    attempt: { id: attemptId, providerRef: 'ref-1' },
  })

  const late = await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: 60n, images: [] })
  expect(late).toEqual({ kind: 'late' })
  expect((await jobOf(project, jobId)).status).toBe('running')
  const done = await ledger.attempts.finish({
    attemptId,
    fence: fence + 1n,
    kind: 'succeeded',
    cost: 60n,
    images: [],
  })
  expect(done.kind).toBe('ended')
  expect((await ledger.attempts.finish({ attemptId, fence, kind: 'canceled', cost: 0n })).kind).toBe('late')
})

async function startExpired(project: string) {
  const { ledger, sql } = opened
  const started = await start(ledger, project)
  await ledger.attempts.submitted(started.attemptId, started.fence, 'ref-1')
  await sql`update attempts set lease_until = now() - interval '1 second' where id = ${started.attemptId}`
  return started
}

test('a worker extends the leases that it knows it holds; one whose claim it never heard of runs out', async () => {
  const { ledger, url, sql } = opened
  const project = await newProject(ledger)
  const before = createLedger({ url })
  const known = await start(ledger, project)
  const forgotten = await start(before, project)
  await before.stop()
  await ledger.attempts.extendLeases('worker-1', 60_000)
  const rows = await sql`select id from attempts
    where id in (${known.attemptId}, ${forgotten.attemptId}) and lease_until > now() + interval '30 seconds'`
  expect(rows.map((row) => row.id)).toEqual([known.attemptId])
})

test('a released attempt costs nothing and its job is planned again elsewhere', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const { jobId, attemptId, fence } = await start(ledger, project)
  const finish = { attemptId, fence, kind: 'released', error: down, avoid: 'openai', delayMs: 0 } as const
  expect(await ledger.attempts.finish(finish)).toEqual({ kind: 'returned' })
  expect(await ledger.attempts.finish(finish)).toEqual({ kind: 'returned' })
  expect(await jobOf(project, jobId)).toMatchObject({
    status: 'classified',
    pool: null,
    avoid: ['openai'],
    hold: 100n,
  })
  const again = await startAccepted(ledger, jobId)
  expect(again.generation).toBe(2)
})

test('an unknown outcome keeps its money held, and a second purchase takes a second hold', async () => {
  const { ledger } = opened
  const project = await newProject(ledger, 250n)
  const { jobId, attemptId, fence } = await start(ledger, project)
  const finish = { attemptId, fence, kind: 'unknown', error: cut, rebuy: true, avoid: 'openai' } as const
  expect(await ledger.attempts.finish(finish)).toEqual({ kind: 'returned' })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 200n, spent: 0n })

  const second = await startAccepted(ledger, jobId)
  await ledger.attempts.finish({ ...second, kind: 'succeeded', cost: 90n, images: [] })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n, spent: 90n })
  expect(await jobOf(project, jobId)).toMatchObject({ status: 'succeeded', cost: 90n, hold: 100n })
  expect(await ledger.attempts.unknown()).toMatchObject([{ id: attemptId, state: 'unknown', worst: 100n }])
})

test('without budget or ceiling for both, an unknown outcome ends the job and keeps only its own part', async () => {
  const { ledger } = opened
  for (const { budget, ceiling } of [
    { budget: 150n, ceiling: null },
    { budget: null, ceiling: 150n },
  ]) {
    const project = await newProject(ledger, budget)
    const { jobId, attemptId, fence } = await start(ledger, project, { hold: 120n, ceiling })
    const finished = await ledger.attempts.finish({
      attemptId,
      fence,
      kind: 'unknown',
      error: cut,
      rebuy: true,
      avoid: null,
    })
    expect(finished).toMatchObject({ kind: 'ended', status: 'failed' })
    expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n, spent: 0n })
    expect(await jobOf(project, jobId)).toMatchObject({ cost: null, error: { code: 'outcome_unknown' } })
  }
})

test('a price above the hold raises it at the claim, or returns the job if the budget refuses', async () => {
  const { ledger } = opened
  const project = await newProject(ledger, 150n)
  const id = await accept(ledger, project, newJob())
  const [generation = 0] = await dispatch(ledger, [id])
  expect(await ledger.attempts.claim(claimOf(id, generation, { worst: 151n }))).toEqual({ kind: 'refused' })
  expect(await jobOf(project, id)).toMatchObject({ status: 'classified', pool: null, hold: 100n })
  const { attemptId, fence } = await startAccepted(ledger, id, 100n, { worst: 150n })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 150n })
  await ledger.attempts.finish({ attemptId, fence, kind: 'failed', cost: 0n, error: down })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n, spent: 0n })
})

test('the last of a bulk to end, whoever it is, closes the bulk and tells it once', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const jobs = Array.from({ length: 40 }, () => newJob())
  const bulk = await acceptBulk(ledger, project, jobs, { webhookUrl: 'http://a.test/bulk' })
  const started = await Promise.all(jobs.map((job) => startAccepted(ledger, job.id)))
  await Promise.all(
    started.map((it) => ledger.attempts.finish({ ...it, kind: 'succeeded', cost: 7n, images: [] })),
  )
  expect(await ledger.jobs.bulk(project, bulk)).toMatchObject({
    status: 'completed',
    spent: 280n,
    held: 0n,
    counts: { succeeded: 40, running: 0 },
  })
  const [row] = await sql`select ended, finished_at from bulks where id = ${bulk}`
  expect(row).toMatchObject({ ended: 40, finished_at: expect.any(Date) })
  expect(await sql`select type from webhook_messages where bulk_id = ${bulk}`).toEqual([
    { type: 'image.bulk.completed' },
  ])
})

test('a job given back before any call keeps its hold and is planned again', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const id = await accept(ledger, project, newJob())
  const [generation = 0] = await dispatch(ledger, [id])
  await ledger.attempts.giveBack(id, generation - 1, 'openai', 0)
  expect((await jobOf(project, id)).status).toBe('dispatched')
  await ledger.attempts.giveBack(id, generation, 'openai', 0)
  expect(await jobOf(project, id)).toMatchObject({
    status: 'classified',
    pool: null,
    avoid: ['openai'],
    hold: 100n,
  })
})

test('a load answers the plan’s choice and the live attempt', async () => {
  const { ledger } = opened
  const { jobId, attemptId } = await start(ledger, await newProject(ledger))
  const [job, none] = await Promise.all([ledger.attempts.load(jobId), ledger.attempts.load(newId('job'))])
  expect(none).toBeNull()
  expect(job).toMatchObject({
    status: 'running',
    choice: { worst_nano: 100n },
    liveAttempt: { id: attemptId },
  })
})
