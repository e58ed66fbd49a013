import { newId, type PublicError } from '@halftone/contracts'
import { expect, test } from 'vitest'
import type { NewJob } from './ledger.ts'
import { openLedger } from './testing/open-ledger.ts'
import { accept, acceptBulk, dispatch, newJob, newPlan, newProject, tag } from './testing/sample-jobs.ts'

const opened = openLedger()
const noProvider: PublicError = { code: 'no_provider', message: 'nobody', next: null }

async function tagged(project: string, values: Partial<NewJob>[]): Promise<string[]> {
  const ids: string[] = []
  for (const value of values) ids.push(await accept(opened.ledger, project, newJob(value)))
  await opened.ledger.classify.tag(ids.map((id) => ({ id, tag })))
  return ids
}

/** What other tests left behind does not count. */
async function clear(): Promise<void> {
  await opened.sql`update jobs set status = 'canceled' where finished_at is null`
}

test('only queued jobs of a range are handed out for tagging, and a tag is written once', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const jobs = [newJob(), newJob(), newJob()]
  const bulk = await acceptBulk(ledger, project, jobs)
  await ledger.classify.tag([{ id: jobs[1]!.id, tag }])
  await ledger.classify.tag([{ id: jobs[1]!.id, tag: { ...tag, label: 'portrait' } }])
  const untagged = await ledger.classify.untagged({ bulk, from: 0, to: 1 })
  expect(untagged).toEqual([{ id: jobs[0]!.id, body: jobs[0]!.body }])
  expect(await ledger.classify.untagged({ job: jobs[1]!.id })).toEqual([])
  expect((await ledger.jobs.job(project, jobs[1]!.id))?.job.tag).toEqual(tag)
})

test('planning is fair: projects take turns, each with its most urgent job first', async () => {
  await clear()
  const { ledger } = opened
  const [big, small] = [await newProject(ledger), await newProject(ledger)]
  const late = newJob().body
  const urgent = { ...late, priority: 0 }
  const soon = new Date(Date.now() + 60_000)
  const crowd = await tagged(big, [{}, {}, {}, { body: urgent }, { deadline: soon }])
  const few = await tagged(small, [{}, {}])
  const turns = async () => (await ledger.dispatch.unplanned(4)).map((job) => job.id)
  const first = new Set([crowd[3], few[0]])
  const second = new Set([crowd[4], few[1]])
  const ids = await turns()
  expect(new Set(ids.slice(0, 2))).toEqual(first)
  expect(new Set(ids.slice(2))).toEqual(second)

  const [planId = ''] = await ledger.dispatch.savePlans([newPlan()])
  await ledger.dispatch.assign([...crowd, ...few].map((id) => ({ id, pool: 'openai', planId })))
  expect(await turns()).toEqual([])
  const ready = await ledger.dispatch.ready('openai', 1)
  expect(new Set(ready.map((job) => job.id))).toEqual(first)
  expect(ready[0]).toMatchObject({ pool: 'openai', planId, tag, heldByUnknown: 0n, hold: 100n })
})

test('jobs that are not due, were put off, or belong to a paused bulk are left alone', async () => {
  await clear()
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const [, putOff] = await tagged(project, [{ runAt: new Date(Date.now() + 60_000) }, {}])
  const paused = newJob()
  const bulk = await acceptBulk(ledger, project, [paused])
  await ledger.classify.tag([{ id: paused.id, tag }])
  await sql`update bulks set status = 'paused' where id = ${bulk}`
  await ledger.dispatch.postpone([{ id: putOff!, planId: null, delayMs: 60_000 }])
  expect(await ledger.dispatch.unplanned(10)).toEqual([])
  await sql`update bulks set status = 'running' where id = ${bulk}`
  expect((await ledger.dispatch.unplanned(10)).map((job) => job.id)).toEqual([paused.id])
})

test('the backlog counts waiting jobs by pool, project and time left', async () => {
  await clear()
  const { ledger } = opened
  const project = await newProject(ledger)
  const soon = new Date(Date.now() + 12_500)
  const ids = await tagged(project, [
    { deadline: soon },
    { deadline: soon },
    { deadline: new Date(Date.now() - 1) },
  ])
  const [planId = ''] = await ledger.dispatch.savePlans([newPlan()])
  await ledger.dispatch.assign(ids.map((id) => ({ id, pool: 'stability', planId })))
  const backlog = await ledger.dispatch.backlog()
  expect(backlog.sort((a, b) => a.dueSeconds - b.dueSeconds)).toEqual([
    { pool: 'stability', projectId: project, dueSeconds: 0, jobs: 1 },
    { pool: 'stability', projectId: project, dueSeconds: 15, jobs: 2 },
  ])
  expect(await ledger.jobs.depth()).toContainEqual({ pool: 'stability', waiting: 3, running: 0 })
  expect(await ledger.dispatch.unassign({ jobs: [ids[0]!] })).toBe(1)
  expect(await ledger.dispatch.unassign({ pool: 'stability' })).toBe(2)
  expect(await ledger.dispatch.backlog()).toEqual([])
})

test('a plan is stored once per digest, and its money comes back exact', async () => {
  const { ledger } = opened
  const one = newPlan('openai', 9_007_199_254_740_993n)
  const [first, again, other] = await ledger.dispatch.savePlans([one, one, newPlan()])
  expect(again).toBe(first)
  expect(other).not.toBe(first)
  expect(await ledger.dispatch.savePlans([one])).toEqual([first])
  const project = await newProject(ledger)
  const [id = ''] = await tagged(project, [{}])
  await ledger.dispatch.assign([{ id, pool: 'openai', planId: first! }])
  expect((await ledger.jobs.job(project, id))?.plan).toEqual(one.plan)
})

test('a dispatch raises the hold first; a ceiling or a budget that refuses it is told, and nothing moves', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger, 1_000n)
  const [plain = '', capped = '', dear = ''] = await tagged(project, [{}, { ceiling: 150n }, {}])
  const [planId = ''] = await ledger.dispatch.savePlans([newPlan()])
  const wish = { pool: 'openai', planId, latencyMissed: true }
  const result = await ledger.dispatch.dispatch([
    { ...wish, id: plain, worst: 150n },
    { ...wish, id: capped, worst: 151n },
    { ...wish, id: dear, worst: 900n },
  ])
  expect(result).toEqual({ dispatched: [{ id: plain, generation: 1 }], refused: [capped, dear] })
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 350n })
  expect((await ledger.jobs.job(project, plain))?.job).toMatchObject({
    status: 'dispatched',
    hold: 150n,
    latencyMissed: true,
  })
  expect((await ledger.jobs.job(project, capped))?.job).toMatchObject({
    status: 'classified',
    generation: 0,
    hold: 100n,
  })
  const raises =
    await sql`select job_id, nano from ledger_entries where project_id = ${project} and kind = 'raise'`
  expect(raises).toEqual([{ job_id: plain, nano: 50n }])
  // a second leader, or the same call again
  expect((await ledger.dispatch.dispatch([{ ...wish, id: plain, worst: 150n }])).dispatched).toEqual([])
})

test('parallel dispatches cannot raise holds above the budget together', async () => {
  const { ledger } = opened
  const project = await newProject(ledger, 1_500n)
  const ids = await tagged(
    project,
    Array.from({ length: 10 }, () => ({})),
  )
  const generations = await Promise.all(ids.map((id) => dispatch(ledger, [id], 200n)))
  expect(generations.flat().filter((generation) => generation === 1)).toHaveLength(5)
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 1_500n })
})

test('only waiting jobs are ended; what they held is free again', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const [waiting = '', running = ''] = await tagged(project, [{ webhookUrl: 'http://a.test/' }, {}])
  await opened.sql`update jobs set status = 'running' where id = ${running}`
  const failed = (id: string) => ({ id, status: 'failed' as const, error: noProvider })
  const ended = await ledger.dispatch.end([failed(waiting), failed(running), failed(newId('job'))])
  expect(ended).toEqual([{ jobId: waiting, bulkId: null }])
  expect(await ledger.projects.budget(project)).toMatchObject({ held: 100n })
  expect((await ledger.jobs.job(project, waiting))?.job).toMatchObject({
    status: 'failed',
    cost: 0n,
    error: { code: 'no_provider' },
  })
  expect(await ledger.dispatch.end([failed(waiting)])).toEqual([])
})
