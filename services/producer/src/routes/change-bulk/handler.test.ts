import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const bulkOf = async (...jobs: object[]): Promise<string> =>
  (await producer.post('/v1/bulk', { jobs, budget: { max_cost_usd: '1' }, metadata: { night: 1 } })).json().id
const patch = (url: string, payload: object) =>
  producer.app.inject({ method: 'PATCH', url, payload, headers: { authorization: `Bearer ${producer.key}` } })

test('a bulk is paused, resumed and given another priority and deadline, and the dispatcher is told', async () => {
  const bulk = await bulkOf({ prompt: 'a' })
  expect((await producer.post(`/v1/bulk/${bulk}/pause`, {})).json()).toMatchObject({ status: 'paused' })
  expect((await producer.get(`/v1/bulk/${bulk}`)).json()).toMatchObject({ status: 'paused' })
  const before = producer.signals.named('dispatch').length
  expect((await producer.post(`/v1/bulk/${bulk}/resume`, {})).json()).toMatchObject({ status: 'running' })
  expect(producer.signals.named('dispatch').length).toBe(before + 1)
  const deadline = new Date(Date.now() + 3_600_000).toISOString()
  expect((await patch(`/v1/bulk/${bulk}`, { priority: 0, deadline })).json()).toMatchObject({ id: bulk })
  const { jobs } = await producer.ledger.jobs.list(producer.projectId, { bulkId: bulk, limit: 1 })
  expect(jobs[0]?.deadline.toISOString()).toBe(deadline)
  for (const [change, status, field] of [
    [{}, 400, ''],
    [{ priority: 5 }, 400, '/priority'],
    [{ deadline: '2020-01-01T00:00:00Z' }, 422, '/deadline'],
    [{ budget: 1 }, 400, '/budget'],
  ] as const)
    expect((await patch(`/v1/bulk/${bulk}`, change)).json()).toMatchObject({ status, field })
})

test('failed jobs are bought once more in a bulk of their own, once, within what is left of the budget', async () => {
  const bulk = await bulkOf({ prompt: 'a', metadata: { post: 1 } }, { prompt: 'b' })
  expect((await producer.post(`/v1/bulk/${bulk}/retry-failed`, {})).json()).toMatchObject({
    status: 422,
    code: 'impossible',
    field: '/statuses',
  })
  await producer.post(`/v1/bulk/${bulk}/cancel`, {})
  const retry = (body: object = { statuses: ['canceled'] }, headers = {}) =>
    producer.post(`/v1/bulk/${bulk}/retry-failed`, body, headers)
  const tooDear = await retry({ statuses: ['canceled'], budget: { max_cost_usd: '0.001' } })
  expect(tooDear.json()).toMatchObject({ status: 402, scope: 'bulk' })

  const headers = { 'idempotency-key': 'morning' }
  const first = await retry(undefined, headers)
  expect(first.statusCode).toBe(202)
  expect(first.json()).toMatchObject({ accepted: 2, rejected: [], retry_of: bulk, skipped: { retried: 0 } })
  const { id } = first.json()
  expect((await retry(undefined, headers)).json()).toEqual(first.json())
  const again = await retry()
  expect([again.statusCode, again.json()]).toMatchObject([200, { id, accepted: 0, skipped: { retried: 2 } }])

  expect((await producer.get(`/v1/bulk/${id}`)).json()).toMatchObject({
    ...{ retry_of: bulk, metadata: { night: 1 }, counts: { queued: 2 } },
  })
  const { data } = (await producer.get(`/v1/bulk/${id}/jobs`)).json()
  expect(data.map((job: { metadata: object }) => job.metadata)).toEqual([{ post: 1 }, {}])
  expect(producer.tickets).toContainEqual({ v: 1, bulk: id, from: 0, to: 1 })
})
