import { expect, test } from 'vitest'
import { openLedger } from './testing/open-ledger.ts'
import { accept, acceptBulk, newJob, newProject } from './testing/sample-jobs.ts'

const opened = openLedger()

test('a message is taken by one sender at a time, comes again when its lease ran out, and keeps its id', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  expect(await ledger.outbox.nextDueMs()).toBeNull()
  for (let n = 0; n < 10; n++) {
    const id = await accept(ledger, project, newJob({ webhookUrl: 'http://a.test/' }))
    await ledger.jobs.cancelJob(project, id)
  }
  expect(await ledger.outbox.nextDueMs()).toBe(0)
  const taken = (await Promise.all([1, 2, 3].map(() => ledger.outbox.take(4, 60_000)))).flat()
  expect(new Set(taken.map((message) => message.id)).size).toBe(10)
  expect(taken).toHaveLength(10)
  expect(taken[0]).toMatchObject({
    type: 'image.job.canceled',
    tries: 0,
    bulk: null,
    job: { status: 'canceled' },
  })
  expect(await ledger.outbox.take(10, 60_000)).toEqual([])
  expect(await ledger.outbox.nextDueMs()).toBeGreaterThan(50_000)

  const [done, again, given, ...rest] = taken.map((message) => message.id)
  const seen = { ms: 1, answer: null }
  await ledger.outbox.delivered([done!, ...rest].map((id) => ({ id, status: 204, ...seen })))
  await ledger.outbox.failed([
    { id: again!, status: 500, error: 'HTTP 500', retryInMs: 0, gone: false, ...seen },
    { id: given!, status: null, error: 'refused', retryInMs: null, gone: false, ...seen },
  ])
  expect(await ledger.outbox.take(10, 60_000)).toMatchObject([{ id: again, tries: 1 }])
  const states =
    await sql`select state, count(*)::int as n from webhook_messages group by state order by state`
  expect(states).toEqual([
    { state: 'delivered', n: 8 },
    { state: 'exhausted', n: 1 },
    { state: 'waiting', n: 1 },
  ])
})

test('the message of a bulk carries its counts', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const bulk = await acceptBulk(ledger, project, [newJob(), newJob()], {
    webhookUrl: 'http://a.test/',
    metadata: { a: 1 },
  })
  await ledger.jobs.cancelBulk(project, bulk)
  expect(await ledger.outbox.take(10, 1_000)).toMatchObject([
    {
      type: 'image.bulk.completed',
      job: null,
      bulk: { id: bulk, status: 'canceled', counts: { canceled: 2 }, metadata: { a: 1 } },
    },
  ])
})
