import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger } from './create-ledger.ts'
import type { Idempotency, Ledger } from './ledger.ts'
import { openLedger } from './testing/open-ledger.ts'
import { newBulk, newJob, newProject } from './testing/sample-jobs.ts'

const opened = openLedger()
let ledgers: Ledger[]
beforeAll(() => {
  ledgers = Array.from({ length: 4 }, () => createLedger({ url: opened.url, maxConnections: 4 }))
})
afterAll(async () => {
  await Promise.all(ledgers.map((ledger) => ledger.stop()))
})

function keyed(key: string, body: string, answer: unknown = { id: body }) {
  const requestHash = createHash('sha256').update(body).digest()
  return { key, requestHash, status: 202, answer } satisfies Idempotency & { status: number; answer: unknown }
}

test('200 parallel jobs at a budget for ten: exactly ten are accepted, and the others are told the figures', async () => {
  const projectId = await newProject(opened.ledger, 1_000n)
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, (_, n) =>
      ledgers[n % ledgers.length]!.accept.job({ projectId, job: newJob(), idempotency: null }),
    ),
  )
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10)
  const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason)
  expect(refused[0]).toMatchObject({
    code: 'budget_exceeded',
    detail: {
      extra: {
        scope: 'project',
        limit_usd: '0.000001',
        held_usd: '0.000001',
        spent_usd: '0',
        resets_at: null,
      },
    },
  })
  expect(await opened.ledger.projects.budget(projectId)).toEqual({ limit: 1_000n, held: 1_000n, spent: 0n })
  const [count] = await opened.sql`select count(*)::int as n from jobs where project_id = ${projectId}`
  expect(count?.n).toBe(10)
})

test('parallel calls with one key make one job and get one answer', async () => {
  const projectId = await newProject(opened.ledger)
  const results = await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      ledgers[n % ledgers.length]!.accept.job({
        projectId,
        job: newJob(),
        idempotency: keyed('k', 'b', { n }),
      }),
    ),
  )
  expect(results.filter((result) => result.kind === 'accepted')).toHaveLength(1)
  const winner = results.findIndex((result) => result.kind === 'accepted')
  const replays = results.filter((result) => result.kind === 'replayed')
  expect(replays).toEqual(replays.map(() => ({ kind: 'replayed', status: 202, answer: { n: winner } })))
  expect(await opened.ledger.projects.budget(projectId)).toMatchObject({ held: 100n })
})

test('a key with another body is refused, in jobs, bulks and replays; another project may use the same key', async () => {
  const { ledger } = opened
  const [projectId, other] = [await newProject(ledger), await newProject(ledger)]
  await ledger.accept.job({ projectId, job: newJob(), idempotency: keyed('k', 'first') })
  const mismatch = { code: 'idempotency_mismatch' }
  const second = keyed('k', 'second')
  await expect(ledger.accept.job({ projectId, job: newJob(), idempotency: second })).rejects.toMatchObject(
    mismatch,
  )
  await expect(
    ledger.accept.bulk({ projectId, bulk: newBulk(), jobs: [newJob()], idempotency: second }),
  ).rejects.toMatchObject(mismatch)
  await expect(ledger.accept.replay(projectId, second)).rejects.toMatchObject(mismatch)
  expect(await ledger.accept.replay(projectId, keyed('k', 'first'))).toEqual({
    status: 202,
    answer: { id: 'first' },
  })
  expect(await ledger.accept.replay(other, second)).toBeNull()
})

test('one job that cannot be stored does not fail the others of its batch', async () => {
  const { ledger } = opened
  const projectId = await newProject(ledger)
  const bad = newJob({ webhookUrl: 'http://a.test/\u0000' })
  const jobs = [newJob(), bad, newJob()]
  const results = await Promise.allSettled(
    jobs.map((job) => ledger.accept.job({ projectId, job, idempotency: null })),
  )
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await ledger.projects.budget(projectId)).toMatchObject({ held: 200n })
})

test('a bulk is one hold, and is stored whole or not at all', async () => {
  const { ledger, sql } = opened
  const projectId = await newProject(ledger, 1_000n)
  const jobs = Array.from({ length: 5 }, (_, n) => newJob({}, { prompt: `kite ${n}` }))
  const tooDear = ledger.accept.bulk({ projectId, bulk: newBulk({ budget: 499n }), jobs, idempotency: null })
  await expect(tooDear).rejects.toMatchObject({
    code: 'budget_exceeded',
    detail: { extra: { scope: 'bulk' } },
  })
  const twice = newJob()
  await expect(
    ledger.accept.bulk({ projectId, bulk: newBulk(), jobs: [twice, twice], idempotency: null }),
  ).rejects.toThrow()
  expect(await ledger.projects.budget(projectId)).toMatchObject({ held: 0n })

  const bulk = newBulk({ budget: 500n, metadata: { night: 1 } })
  const input = { projectId, bulk, jobs, idempotency: keyed('bulk', 'b', { id: bulk.id }) }
  expect(await ledger.accept.bulk(input)).toEqual({ kind: 'accepted' })
  expect(await ledger.accept.bulk({ ...input, bulk: newBulk() })).toMatchObject({
    kind: 'replayed',
    answer: { id: bulk.id },
  })
  const entries = await sql`select kind, job_id, nano from ledger_entries where bulk_id = ${bulk.id}`
  expect(entries).toEqual([{ kind: 'hold', job_id: null, nano: 500n }])
  const listed = await ledger.jobs.list(projectId, { bulkId: bulk.id, limit: 10 })
  expect(listed.jobs.map((job) => [job.bulkIndex, job.body.prompt])).toEqual(
    jobs.map((job, n) => [n, job.body.prompt]),
  )
})

test('10,000 jobs of a bulk are stored in one call within seconds', async () => {
  const projectId = await newProject(opened.ledger)
  const jobs = Array.from({ length: 10_000 }, () => newJob())
  const start = performance.now()
  await opened.ledger.accept.bulk({ projectId, bulk: newBulk(), jobs, idempotency: null })
  expect(performance.now() - start).toBeLessThan(5_000)
})

test('entries of the ledger are never changed', async () => {
  const { ledger, sql } = opened
  const projectId = await newProject(ledger)
  await ledger.accept.job({ projectId, job: newJob(), idempotency: null })
  const refused = 'ledger entries are never changed'
  await expect(sql`update ledger_entries set nano = 0`).rejects.toThrow(refused)
  await expect(sql`delete from ledger_entries`).rejects.toThrow(refused)
  await expect(sql`truncate ledger_entries`).rejects.toThrow(refused)
})
