import { newId } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { recoverJobs } from './recover-jobs.ts'
import { createFixture } from './testing/fixture.ts'

const models = { cheap: { cost: 3n } }
const dispatched = (generation: number) => ({ id: newId('job'), pool: 'cheap', generation })

test('a dispatched job gets a new ticket only if the queue has lost its own', async () => {
  const { parts, lost, queue } = createFixture(models)
  const [there, gone] = [dispatched(1), dispatched(4)]
  lost.dispatched.push(there, gone)
  queue.waiting.set('cheap', [{ v: 1, job: there.id, gen: 1 }])
  await recoverJobs(parts)
  expect(queue.of('cheap')).toEqual([
    { v: 1, job: there.id, gen: 1 },
    { v: 1, job: gone.id, gen: 5 },
  ])
})

test('calls whose worker died are ticketed again, and jobs that nobody classified asked for again', async () => {
  const { parts, lost, queue } = createFixture(models)
  const [dead, untagged] = [dispatched(2), { id: newId('job') }]
  lost.retry.push(dead)
  lost.unticketed.push(untagged)
  await recoverJobs(parts)
  expect(queue.of('cheap')).toEqual([{ v: 1, job: dead.id, gen: 2 }])
  expect(queue.classify).toEqual([{ v: 1, job: untagged.id }])
})

test('with Redis away, jobs still expire, and the failure is reported', async () => {
  const { parts, lost, published } = createFixture(models)
  lost.dispatched.push(dispatched(1))
  lost.expired.push({ jobId: 'job_1', bulkId: 'bulk_1' })
  parts.queue.holds = async () => {
    throw new Error('Redis is gone')
  }
  await expect(recoverJobs(parts)).rejects.toThrow('gone')
  expect(published).toEqual([
    { name: 'ended', message: [{ job_id: 'job_1', bulk_id: 'bulk_1' }] },
    { name: 'outbox', message: {} },
  ])
})
