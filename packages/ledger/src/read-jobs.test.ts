import { newId } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { openLedger } from './testing/open-ledger.ts'
import {
  accept,
  acceptBulk,
  dispatch,
  image,
  newJob,
  newProject,
  start,
  startAccepted,
  tag,
} from './testing/sample-jobs.ts'

const opened = openLedger()

test('lists page through everything once, newest first, or in the order of the bulk', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const jobs = Array.from({ length: 7 }, () => newJob())
  const bulk = await acceptBulk(ledger, project, jobs)
  const single = await accept(ledger, project, newJob())
  async function pages(bulkId?: string): Promise<string[]> {
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await ledger.jobs.list(project, { limit: 3, cursor, bulkId })
      ids.push(...page.jobs.map((job) => job.id))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    return ids
  }
  const ids = jobs.map((job) => job.id)
  expect(await pages()).toEqual([...ids, single].sort().reverse())
  expect(await pages(bulk)).toEqual(ids)
  await expect(ledger.jobs.list(project, { limit: 3, cursor: 'nonsense' })).rejects.toMatchObject({
    code: 'invalid_request',
  })
})

test('a page of whole jobs tells of each what the job alone tells: its attempts in order, its plan or none', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const jobs = Array.from({ length: 5 }, () => newJob())
  const bulkId = await acceptBulk(ledger, project, jobs)
  const [twice, once, waiting] = jobs.map(({ id }) => id)
  const error = { code: 'rate_limited' as const, message: 'wait', next: null }
  const released = { kind: 'released', error, avoid: null, delayMs: 0 } as const
  await ledger.attempts.finish({ ...(await startAccepted(ledger, twice!)), ...released })
  await startAccepted(ledger, twice!)
  const { attemptId, fence } = await startAccepted(ledger, once!)
  await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: 30n, images: [image()] })
  await dispatch(ledger, [waiting!])

  const first = await ledger.jobs.listWhole(project, { bulkId, limit: 3 })
  const second = await ledger.jobs.listWhole(project, { bulkId, limit: 3, cursor: first.nextCursor! })
  const whole = [...first.jobs, ...second.jobs]
  expect(whole).toEqual(await Promise.all(jobs.map(({ id }) => ledger.jobs.job(project, id))))
  expect(whole.map(({ attempts, plan }) => [attempts.length, plan !== null])).toEqual([
    [2, true],
    [1, true],
    [0, true],
    [0, false],
    [0, false],
  ])
  expect(second.nextCursor).toBeNull()
  const other = await newProject(ledger)
  expect((await ledger.jobs.listWhole(other, { bulkId, limit: 3 })).jobs).toEqual([])
})

test('filters narrow a list; nobody sees another project’s jobs', async () => {
  const { ledger } = opened
  const [project, other] = [await newProject(ledger), await newProject(ledger)]
  const body = { prompt: 'a kite', metadata: { night: 1, brand: 'acme' } }
  const id = await accept(ledger, project, newJob({}, body))
  const plain = await accept(ledger, project, newJob())
  await ledger.classify.tag([{ id, tag }])
  const list = async (filter: object) =>
    (await ledger.jobs.list(project, { limit: 9, ...filter })).jobs.map((job) => job.id)
  expect(await list({ metadata: { night: '1', brand: 'acme' } })).toEqual([id])
  expect(await list({ metadata: { night: '2' } })).toEqual([])
  expect(await list({ contentType: 'logo' })).toEqual([id])
  expect(await list({ status: 'queued' })).toEqual([plain])
  expect(await list({ provider: 'openai' })).toEqual([])
  expect(await ledger.jobs.job(other, id)).toBeNull()
  expect(await ledger.jobs.cancelJob(other, id)).toBeNull()
  expect((await ledger.jobs.list(other, { limit: 9 })).jobs).toEqual([])
})

test('a waiting job is canceled at once and frees its money; a running one is asked; an ended one stays', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const waiting = await accept(ledger, project, newJob({ webhookUrl: 'http://a.test/' }))
  await dispatch(ledger, [waiting])
  expect(await ledger.jobs.cancelJob(project, waiting)).toMatchObject({
    status: 'canceled',
    cost: 0n,
    sequence: 1,
  })
  expect(await ledger.jobs.cancelJob(project, waiting)).toMatchObject({ status: 'canceled', sequence: 1 })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n })

  const { jobId, attemptId, fence } = await start(ledger, project)
  expect(await ledger.jobs.cancelJob(project, jobId)).toMatchObject({ status: 'running' })
  expect(await ledger.attempts.load(jobId)).toMatchObject({ cancelRequested: true })
  const error = { code: 'rate_limited' as const, message: 'wait', next: null }
  const finished = await ledger.attempts.finish({
    attemptId,
    fence,
    kind: 'released',
    error,
    avoid: null,
    delayMs: 0,
  })
  expect(finished).toMatchObject({ kind: 'ended', status: 'canceled' })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n, spent: 0n })
})

test('canceling a bulk ends what waits, asks what runs, and closes the bulk when the last one ended', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const jobs = Array.from({ length: 5 }, (_, n) => newJob(n < 2 ? { webhookUrl: 'http://a.test/job' } : {}))
  const bulk = await acceptBulk(ledger, project, jobs, { webhookUrl: 'http://a.test/bulk' })
  const running = await startAccepted(ledger, jobs[4]!.id)
  expect(await ledger.jobs.cancelBulk(project, bulk)).toMatchObject({
    status: 'running',
    held: 100n,
    counts: { canceled: 4, running: 1 },
  })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n, spent: 0n })
  await ledger.attempts.finish({ ...running, kind: 'succeeded', cost: 30n, images: [] })
  expect(await ledger.jobs.bulk(project, bulk)).toMatchObject({
    status: 'canceled',
    held: 0n,
    spent: 30n,
    counts: { succeeded: 1 },
  })
  const told = await sql`select type from webhook_messages where bulk_id = ${bulk} order by type`
  expect(told.map((row) => row.type)).toEqual([
    'image.bulk.completed',
    'image.job.canceled',
    'image.job.canceled',
  ])
  const [released] =
    await sql`select count(*)::int as n, sum(nano)::bigint as nano from ledger_entries where bulk_id = ${bulk} and kind = 'release'`
  expect(released).toEqual({ n: 5, nano: 470n })

  expect(await ledger.jobs.cancelBulk(project, bulk)).toMatchObject({ status: 'canceled' })
  expect(await ledger.jobs.cancelBulk(project, newId('bulk'))).toBeNull()
  const idle = await acceptBulk(ledger, project, [newJob()], { webhookUrl: 'http://a.test/bulk' })
  expect(await ledger.jobs.cancelBulk(project, idle)).toMatchObject({
    status: 'canceled',
    finishedAt: expect.any(Date),
  })
})
