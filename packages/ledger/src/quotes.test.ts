import { newId, type PublicError } from '@halftone/contracts'
import { afterEach, expect, test } from 'vitest'
import type { NewJob, NewQuote } from './ledger.ts'
import { balanceFaults } from './testing/balance-faults.ts'
import { openLedger } from './testing/open-ledger.ts'
import { claimOf, dispatch, newBulk, newJob, newProject, startAccepted } from './testing/sample-jobs.ts'

const opened = openLedger()
const cut: PublicError = { code: 'outcome_unknown', message: 'cut', next: null }

afterEach(async () => expect(await balanceFaults(opened.sql)).toEqual({}))

function newQuote(projectId: string, values: Partial<NewQuote> = {}): NewQuote {
  const share = {
    digest: 'ab',
    request: { size: '64x64' },
    jobs: 1,
    provider: 'openai',
    model: 'model-1',
    cost: 100n,
    baseline: null,
    expectedMs: 10,
  }
  return {
    id: newId('quote'),
    projectId,
    kind: 'job',
    requestDigest: Buffer.alloc(32, 1),
    shares: [share],
    baselineModel: null,
    priceVersion: 3,
    total: 100n,
    expiresAt: new Date(Date.now() + 60_000),
    ...values,
  }
}

async function saveQuote(projectId: string, values: Partial<NewQuote> = {}): Promise<string> {
  const quote = newQuote(projectId, values)
  await opened.ledger.quotes.save({ quote, idempotency: null })
  return quote.id
}

function quotedJob(id: string, overrunMax = 50n, quoted = 100n): NewJob {
  return newJob({ hold: quoted, quoted, quote: { id, model: 'openai/model-1', overrunMax } })
}

async function acceptQuoted(overrunMax = 50n, budget: bigint | null = null) {
  const project = await newProject(opened.ledger, budget)
  const quoteId = await saveQuote(project)
  const job = quotedJob(quoteId, overrunMax)
  await opened.ledger.accept.job({ projectId: project, job, idempotency: null })
  return { project, quoteId, jobId: job.id }
}

const jobOf = async (project: string, id: string) => (await opened.ledger.jobs.job(project, id))!.job

test('a quote is read as it was saved, by its own project alone, and holds nothing', async () => {
  const { quotes, projects } = opened.ledger
  const [project, other] = [await newProject(opened.ledger), await newProject(opened.ledger)]
  const quote = newQuote(project, { baselineModel: 'openai/model-2' })
  await quotes.save({ quote, idempotency: null })
  expect(await quotes.find(project, quote.id)).toMatchObject({ ...quote, usedBy: null, expired: false })
  expect(await quotes.find(other, quote.id)).toBeNull()
  expect(await projects.budget(project)).toMatchObject({ held: 0n, spent: 0n })
})

test('a quote saved twice under one key is one quote, and another body is refused', async () => {
  const { quotes } = opened.ledger
  const project = await newProject(opened.ledger)
  const save = (hash: number, n: number) =>
    quotes.save({
      quote: newQuote(project),
      idempotency: { key: 'k', requestHash: Buffer.alloc(32, hash), status: 200, answer: { n } },
    })
  expect(await Promise.all([save(1, 0), save(1, 0)])).toContainEqual({ kind: 'accepted' })
  expect(await save(1, 7)).toEqual({ kind: 'replayed', status: 200, answer: { n: 0 } })
  await expect(save(2, 0)).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  const [count] = await opened.sql`select count(*)::int as n from quotes where project_id = ${project}`
  expect(count?.n).toBe(1)
})

test('of many jobs with one quote exactly one is accepted; an expired or foreign quote accepts none', async () => {
  const { accept, projects } = opened.ledger
  const [project, other] = [await newProject(opened.ledger), await newProject(opened.ledger)]
  const id = await saveQuote(project)
  const post = (projectId: string, quote = id) =>
    accept.job({ projectId, job: quotedJob(quote), idempotency: null })
  await expect(post(other)).rejects.toMatchObject({ code: 'not_found' })
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => post(project)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'quote_used' })
  const old = await saveQuote(project, { expiresAt: new Date(Date.now() - 1_000) })
  await expect(post(project, old)).rejects.toMatchObject({ code: 'quote_expired' })
  expect(await projects.budget(project)).toMatchObject({ held: 100n })
})

test('a job that its budget refuses leaves its quote unused', async () => {
  const { accept, quotes, projects } = opened.ledger
  const project = await newProject(opened.ledger, 99n)
  const id = await saveQuote(project)
  const post = () => accept.job({ projectId: project, job: quotedJob(id), idempotency: null })
  await expect(post()).rejects.toMatchObject({ code: 'budget_exceeded' })
  expect((await quotes.find(project, id))?.usedBy).toBeNull()
  await projects.setBudget(project, 100n)
  expect(await post()).toEqual({ kind: 'accepted' })
})

test('what a quoted job costs beyond its quote is ours: no budget moves, and the operator sees it', async () => {
  const { ledger } = opened
  const { project, quoteId, jobId } = await acceptQuoted(50n, 100n)
  const before = await ledger.quotes.overrunTotals()
  const { attemptId, fence } = await startAccepted(ledger, jobId, 130n, { priceVersion: 9 })
  expect(await jobOf(project, jobId)).toMatchObject({ hold: 100n })
  await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: 130n, images: [] })
  expect(await jobOf(project, jobId)).toMatchObject({ status: 'succeeded', cost: 100n, quoted: 100n })
  expect(await ledger.projects.budget(project)).toEqual({ limit: 100n, held: 0n, spent: 100n })
  const { overruns } = await ledger.quotes.overruns({ limit: 1 })
  expect(overruns).toMatchObject([
    { jobId, quoteId, quoted: 100n, cost: 130n, absorbed: 30n, quotedVersion: 3, paidVersion: 9 },
  ])
  const after = await ledger.quotes.overrunTotals()
  expect([after.jobs - before.jobs, after.absorbed - before.absorbed]).toEqual([1, 30n])
})

test('a quoted job that costs less is billed less', async () => {
  const { ledger } = opened
  const { project, jobId } = await acceptQuoted()
  const { attemptId, fence } = await startAccepted(ledger, jobId)
  await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: 60n, images: [] })
  expect(await jobOf(project, jobId)).toMatchObject({ cost: 60n })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n, spent: 60n })
})

test('the operator pays up to his limit: beyond it a quoted job is not started', async () => {
  const { ledger } = opened
  const { jobId } = await acceptQuoted(30n)
  expect(await dispatch(ledger, [jobId], 131n)).toEqual([-1])
  const [generation = 0] = await dispatch(ledger, [jobId], 130n)
  const dearer = await ledger.attempts.claim(claimOf(jobId, generation, { worst: 131n }))
  expect(dearer.kind).toBe('refused')
})

test('a lost call and a second purchase together cost the owner no more than was quoted', async () => {
  const { ledger } = opened
  const { project, jobId } = await acceptQuoted(150n)
  const first = await startAccepted(ledger, jobId, 120n)
  const lost = { kind: 'unknown', error: cut, rebuy: true, avoid: null } as const
  expect(await ledger.attempts.finish({ ...first, ...lost })).toEqual({ kind: 'returned' })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n })
  expect(await balanceFaults(opened.sql)).toEqual({})
  const second = await startAccepted(ledger, jobId, 120n)
  await ledger.attempts.finish({ ...second, kind: 'succeeded', cost: 120n, images: [] })
  expect(await jobOf(project, jobId)).toMatchObject({ status: 'succeeded', cost: 100n, hold: 0n })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 0n, spent: 100n })
})

test('each job of a quoted bulk is bound by its own share, and the quote by the bulk', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const id = await saveQuote(project, { kind: 'bulk', total: 140n })
  const jobs = [quotedJob(id, 50n, 100n), quotedJob(id, 50n, 40n)]
  const bulk = newBulk({ quoteId: id })
  const post = { projectId: project, bulk, jobs, idempotency: null }
  await ledger.accept.bulk(post)
  expect(await ledger.accept.bulk(post), 'the same again').toEqual({ kind: 'accepted' })
  await expect(
    ledger.accept.bulk({ ...post, bulk: newBulk({ quoteId: id }), jobs: [quotedJob(id)] }),
  ).rejects.toMatchObject({ code: 'quote_used' })
  expect((await ledger.quotes.find(project, id))?.usedBy).toBe(bulk.id)
  for (const job of jobs) {
    const { attemptId, fence } = await startAccepted(ledger, job.id, 60n)
    await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: 60n, images: [] })
  }
  expect(await ledger.jobs.bulk(project, bulk.id)).toMatchObject({
    status: 'completed',
    spent: 100n,
    held: 0n,
  })
})

test.each([
  ['paid', false, { held: 0n, spent: 100n, absorbed: 140n }],
  ['paid', true, { held: 0n, spent: 100n, absorbed: 140n }],
  ['free', false, { held: 0n, spent: 100n, absorbed: 20n }],
  ['free', true, { held: 0n, spent: 100n, absorbed: 20n }],
] as const)(
  'a lost call of a quoted job turns out %s (while it goes on: %s): the owner pays the quote, we the rest',
  async (outcome, early, expected) => {
    const { ledger } = opened
    const { project, jobId } = await acceptQuoted(150n)
    const first = await startAccepted(ledger, jobId, 120n)
    await ledger.attempts.finish({ ...first, kind: 'unknown', error: cut, rebuy: true, avoid: null })
    const cost = outcome === 'paid' ? 120n : 0n
    const evidence = { by: 'poll', says: 'asked' } as const
    const resolve = () =>
      ledger.reconciliation.resolve([{ attemptId: first.attemptId, outcome, cost, images: [], evidence }])
    if (early) await resolve()
    expect(await balanceFaults(opened.sql)).toEqual({})
    const second = await startAccepted(ledger, jobId, 120n)
    await ledger.attempts.finish({ ...second, kind: 'succeeded', cost: 120n, images: [] })
    if (!early) await resolve()
    const { held, spent } = await ledger.projects.budget(project)
    const [absorbed] = await opened.sql<{ nano: bigint }[]>`
    select coalesce(sum(nano), 0)::bigint as nano from ledger_entries where job_id = ${jobId} and kind = 'absorbed'`
    expect({ held, spent, absorbed: absorbed!.nano }).toEqual(expected)
    expect(await jobOf(project, jobId)).toMatchObject({ status: 'succeeded', cost: 100n, hold: 0n })
    expect(await balanceFaults(opened.sql)).toEqual({})
  },
)
