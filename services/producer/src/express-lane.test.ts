import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from './testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference', syncTimeoutMs: 300 })
})
afterAll(() => producer.stop())

/** Nobody works here: the call ends with its time-out. */
async function asked(body: object = {}): Promise<string> {
  const answer = await producer.post('/v1/images/generations', {
    prompt: 'A lighthouse',
    size: '1024x1024',
    ...body,
  })
  expect(answer.statusCode, answer.body).toBe(504)
  return String(answer.headers['x-halftone-job-id'])
}
const row = async (id: string) => (await producer.ledger.jobs.job(producer.projectId, id))?.job

test('a call that somebody waits for goes straight before a worker, tagged and planned as by the others', async () => {
  const id = await asked()
  // the call's own time-out does not wait for the ride
  await expect.poll(() => producer.runs).toContainEqual({ pool: 'replicate', job: id })
  expect(producer.tickets).not.toContainEqual({ v: 1, job: id })
  expect(await row(id)).toMatchObject({
    ...{ status: 'dispatched', generation: 1, pool: 'replicate', tag: { label: 'illustration' } },
    planId: expect.any(String),
  })
})

test('where others wait already, and where nothing may start yet, it goes the usual way', async () => {
  producer.depths.set('replicate', 1_000)
  const behind = await asked()
  producer.depths.clear()
  const later = await asked({ halftone: { run_at: new Date(Date.now() + 60_000).toISOString() } })
  for (const id of [behind, later]) {
    await expect.poll(() => producer.tickets).toContainEqual({ v: 1, job: id })
    expect(await row(id)).toMatchObject({ status: 'queued' })
  }
})

test('a lane that is shut loses nothing: the job goes the usual way', async () => {
  producer.gone.add('redis')
  const id = await asked()
  producer.gone.clear()
  expect(producer.runs.map(({ job }) => job)).not.toContain(id)
  await expect.poll(async () => (await row(id))?.status).toMatch(/classified|dispatched/)
})
