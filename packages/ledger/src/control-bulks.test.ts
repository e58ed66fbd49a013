import { expect, test } from 'vitest'
import { openLedger } from './testing/open-ledger.ts'
import {
  acceptBulk,
  claimOf,
  dispatch,
  newJob,
  newPlan,
  newProject,
  startAccepted,
  tag,
} from './testing/sample-jobs.ts'

const opened = openLedger()

test('of a paused bulk nothing starts, not even what was dispatched; what runs ends, and resuming goes on', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const jobs = [newJob(), newJob(), newJob()]
  const [running, dispatched, waiting] = jobs.map(({ id }) => id) as [string, string, string]
  const bulk = await acceptBulk(ledger, project, jobs)
  const run = await startAccepted(ledger, running)
  const [generation = 0] = await dispatch(ledger, [dispatched])
  await ledger.classify.tag([{ id: waiting, tag }])
  const [planId] = await ledger.dispatch.savePlans([newPlan()])
  const start = () =>
    ledger.dispatch.dispatch(
      [waiting].map((id) => ({ id, pool: 'openai', planId: planId!, worst: 100n, latencyMissed: false })),
    )

  expect(await ledger.bulks.pause(project, bulk)).toMatchObject({ status: 'paused' })
  expect(await ledger.attempts.claim(claimOf(dispatched, generation))).toEqual({ kind: 'void' })
  // a dispatcher that had read it before the pause
  expect(await start()).toEqual({ dispatched: [], refused: [] })
  const mine = async () => (await ledger.dispatch.unplanned(10)).filter((job) => job.projectId === project)
  expect(await mine()).toEqual([])
  const { attemptId, fence } = run
  expect(
    await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: 1n, images: [] }),
  ).toMatchObject({ kind: 'ended' })
  expect(await ledger.jobs.bulk(project, bulk)).toMatchObject({
    status: 'paused',
    counts: { classified: 2, succeeded: 1 },
  })

  expect(await ledger.bulks.resume(project, bulk)).toMatchObject({ status: 'running' })
  expect((await mine()).map(({ id }) => id).toSorted()).toEqual([dispatched, waiting].toSorted())
  expect((await start()).dispatched).toHaveLength(1)
  // the ticket from before the pause stays void
  expect(await ledger.attempts.claim(claimOf(dispatched, generation))).toEqual({ kind: 'void' })
})

test('an ended bulk is neither paused nor resumed, and others cannot touch it', async () => {
  const { ledger } = opened
  const [project, stranger] = [await newProject(ledger), await newProject(ledger)]
  const bulk = await acceptBulk(ledger, project, [newJob()])
  expect(await ledger.bulks.pause(stranger, bulk)).toBeNull()
  expect(await ledger.bulks.change(stranger, bulk, { priority: 0 })).toBeNull()
  expect(await ledger.bulks.failed(stranger, bulk, ['failed'])).toBeNull()
  expect(await ledger.jobs.bulk(project, bulk)).toMatchObject({ status: 'running' })
  await ledger.jobs.cancelBulk(project, bulk)
  expect(await ledger.bulks.pause(project, bulk)).toMatchObject({ status: 'canceled' })
  expect(await ledger.bulks.resume(project, bulk)).toMatchObject({ status: 'canceled' })
})

test('a new priority and deadline hold for what has not started, which is planned anew', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const soon = new Date(Date.now() + 3_600_000)
  const later = new Date(Date.now() + 7_200_000)
  const jobs = [newJob(), newJob(), newJob({ runAt: soon, deadline: later })]
  const [running, waiting, planned] = jobs.map(({ id }) => id) as [string, string, string]
  const bulk = await acceptBulk(ledger, project, jobs)
  await startAccepted(ledger, running)
  await ledger.classify.tag([waiting, planned].map((id) => ({ id, tag })))
  const [planId] = await ledger.dispatch.savePlans([newPlan()])
  await ledger.dispatch.assign([{ id: waiting, pool: 'openai', planId: planId! }])

  await expect(ledger.bulks.change(project, bulk, { deadline: soon })).rejects.toMatchObject({
    code: 'deadline_exceeded',
    detail: { limit: soon.toISOString() },
  })
  await ledger.bulks.change(project, bulk, { deadline: later, priority: 0 })
  const again = await ledger.dispatch.unplanned(10)
  expect(again.find(({ projectId }) => projectId === project)).toMatchObject({
    id: waiting,
    priority: 0,
    deadline: later,
    pool: null,
  })
  const [ran] = (await ledger.jobs.list(project, { bulkId: bulk, limit: 1 })).jobs
  expect(ran).toMatchObject({ id: running, status: 'running', pool: 'openai' })
  expect(ran?.deadline).not.toEqual(later)
})

test('a job is bought once more at most once, also when two ask at the same time', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const old = newJob()
  const bulk = await acceptBulk(ledger, project, [old], { budget: 500n })
  await ledger.jobs.cancelBulk(project, bulk)
  expect(await ledger.bulks.failed(project, bulk, ['canceled'])).toMatchObject({
    budgetLeft: 500n,
    jobs: [{ job: { id: old.id }, unknown: false, retriedIn: null }],
  })
  const retry = () => acceptBulk(ledger, project, [newJob({ retryOf: old.id })], { retryOf: bulk })
  const tries = await Promise.allSettled([retry(), retry(), retry()])
  const made = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(made).toHaveLength(1)
  expect(tries.find((one) => one.status === 'rejected')).toMatchObject({ reason: { code: 'impossible' } })
  expect(await ledger.bulks.failed(project, bulk, ['canceled'])).toMatchObject({
    jobs: [{ retriedIn: made[0] }],
  })
  expect(await ledger.jobs.bulk(project, made[0]!)).toMatchObject({ retryOf: bulk })
})
