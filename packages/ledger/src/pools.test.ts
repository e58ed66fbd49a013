import { expect, test } from 'vitest'
import { openLedger } from './testing/open-ledger.ts'
import { accept, claimOf, dispatch, newJob, newProject } from './testing/sample-jobs.ts'

const opened = openLedger()

test('a pool is drained once nothing is ticketed or running there, and stays so until it is resumed', async () => {
  const { pools, attempts } = opened.ledger
  const id = await accept(opened.ledger, await newProject(opened.ledger), newJob())
  const [generation = 0] = await dispatch(opened.ledger, [id])
  const { since } = await pools.set('openai', 'draining')
  expect(await pools.settleDrained()).toEqual([])

  const claim = claimOf(id, generation)
  expect((await attempts.claim(claim)).kind).toBe('claimed')
  expect(await pools.settleDrained(), 'its call is out').toEqual([])
  await attempts.finish({ attemptId: claim.attemptId, fence: 1n, kind: 'succeeded', cost: 1n, images: [] })
  expect(await pools.settleDrained()).toEqual(['openai'])
  expect(await pools.settleDrained()).toEqual([])

  expect(await pools.set('openai', 'draining')).toMatchObject({ state: 'drained' })
  expect(await pools.list()).toMatchObject([{ pool: 'openai', state: 'drained' }])
  const resumed = await pools.set('openai', 'active')
  expect(resumed.state).toBe('active')
  expect(resumed.since.getTime()).toBeGreaterThan(since.getTime())
})

test('the same word again keeps since when it holds', async () => {
  const { pools } = opened.ledger
  const first = await pools.set('replicate', 'paused')
  expect(await pools.set('replicate', 'paused')).toEqual(first)
})
