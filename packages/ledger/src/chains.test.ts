import { newId } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger } from './create-ledger.ts'
import type { ChainLink, Ledger } from './ledger.ts'
import { openLedger } from './testing/open-ledger.ts'
import {
  accept,
  dispatch,
  image,
  newBulk,
  newJob,
  newProject,
  start,
  startAccepted,
} from './testing/sample-jobs.ts'

const opened = openLedger()
let others: Ledger[]
beforeAll(() => {
  others = Array.from({ length: 3 }, () => createLedger({ url: opened.url, maxConnections: 4 }))
})
afterAll(async () => {
  await Promise.all(others.map((ledger) => ledger.stop()))
})

function succeed({ attemptId, fence }: { attemptId: string; fence: bigint }, cost: bigint) {
  return opened.ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost, images: [image()] })
}

/** A root that cost 40, and the link of an edit after it. */
async function chainOf40(limit: bigint | null) {
  const projectId = await newProject(opened.ledger)
  const root = await start(opened.ledger, projectId)
  await succeed(root, 40n)
  const link = (parentId: string, depth = 1): ChainLink => ({ parentId, rootId: root.jobId, depth, limit })
  return { projectId, rootId: root.jobId, link }
}

test('parallel edits of one chain hold no more together than its limit leaves, and the others are told the figures', async () => {
  const { projectId, rootId, link } = await chainOf40(340n)
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      others[n % others.length]!.accept.job({
        projectId,
        job: newJob({ chain: link(rootId), fresh: 28n }),
        idempotency: null,
      }),
    ),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  expect(refused[0]).toMatchObject({
    code: 'budget_exceeded',
    detail: {
      field: '/budget/max_chain_usd',
      extra: { scope: 'chain', limit_usd: '0.00000034', held_usd: '0.0000003', spent_usd: '0.00000004' },
    },
  })
  expect(await opened.ledger.jobs.chain(rootId)).toEqual({ jobs: 4, spent: 40n, held: 300n, fresh: 40n })
})

test('a raise that the chain does not allow is refused, though the project would', async () => {
  const { projectId, rootId, link } = await chainOf40(200n)
  const id = await accept(opened.ledger, projectId, newJob({ chain: link(rootId) }))
  expect(await dispatch(opened.ledger, [id], 161n)).toEqual([-1])
  expect(await dispatch(opened.ledger, [id], 160n)).toEqual([1])
  expect(await opened.ledger.jobs.chain(rootId)).toMatchObject({ held: 160n, spent: 40n })
})

test('a job tells what its chain has cost, the root too; one alone tells of none', async () => {
  const { projectId, rootId, link } = await chainOf40(null)
  const alone = await accept(opened.ledger, projectId, newJob())
  const edit = newJob({ chain: link(rootId), fresh: 28n })
  await accept(opened.ledger, projectId, edit)
  await succeed(await startAccepted(opened.ledger, edit.id), 15n)
  const last = newJob({ chain: link(edit.id, 2) })
  await accept(opened.ledger, projectId, last)
  const totals = { jobs: 3, spent: 55n, held: 100n, fresh: 68n }
  for (const id of [rootId, edit.id, last.id])
    expect((await opened.ledger.jobs.job(projectId, id))?.chain).toEqual(totals)
  expect((await opened.ledger.jobs.job(projectId, alone))?.chain).toBeNull()
  expect((await opened.ledger.jobs.job(projectId, last.id))?.job.chain).toEqual(link(edit.id, 2))
})

test('a bulk whose edits pass the limit of a chain is refused as a whole', async () => {
  const { projectId, rootId, link } = await chainOf40(240n)
  const jobs = Array.from({ length: 3 }, () => newJob({ chain: link(rootId) }))
  await expect(
    opened.ledger.accept.bulk({ projectId, bulk: newBulk(), jobs, idempotency: null }),
  ).rejects.toMatchObject({ code: 'budget_exceeded', detail: { extra: { scope: 'chain' } } })
  expect(await opened.ledger.jobs.chain(rootId)).toMatchObject({ jobs: 1, held: 0n })
})

test('a limit binds the job that says it first', async () => {
  const projectId = await newProject(opened.ledger)
  const id = newId('job')
  const root = (limit: bigint) => newJob({ id, chain: { parentId: null, rootId: id, depth: 0, limit } })
  await expect(accept(opened.ledger, projectId, root(99n))).rejects.toMatchObject({ code: 'budget_exceeded' })
  await accept(opened.ledger, projectId, root(100n))
  expect(await opened.ledger.jobs.chain(id)).toMatchObject({ jobs: 1, held: 100n })
})
