import { limits } from '@halftone/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'current' })
})
beforeEach(() => {
  producer.tickets.length = 0
})
afterAll(() => producer.stop())

const ndjson = { 'content-type': 'application/x-ndjson' }
const held = async () => (await producer.ledger.projects.budget(producer.projectId)).held

test('one bad line of a good bulk is rejected by its index, and the rest is accepted', async () => {
  const lines = [
    '{"bulk":{"defaults":{"size":"1024x1024"}}}',
    '{"prompt":"one"}',
    '',
    '{"prompt":',
    '{"prompt":"two"}',
  ]
  const answer = await producer.post('/v1/bulk', lines.join('\n'), ndjson)
  expect(answer.statusCode, answer.body).toBe(202)
  expect(answer.json()).toMatchObject({
    accepted: 2,
    rejected: [{ index: 1, error: { code: 'invalid_request' } }],
  })
  const page = await producer.get(`/v1/bulk/${answer.json().id}/jobs`)
  expect(page.json().data).toHaveLength(2)
  expect(producer.tickets).toEqual([{ v: 1, bulk: answer.json().id, from: 0, to: 1 }])
})

test('the first line is a header only if bulk is its sole key', async () => {
  const answer = await producer.post('/v1/bulk', '{"bulk":{},"prompt":"x"}\n{"prompt":"y"}', ndjson)
  expect(answer.json()).toMatchObject({ accepted: 1, rejected: [{ index: 0, error: { field: '/bulk' } }] })
})

test('what is reserved is what is held, and the bulk tells its figures', async () => {
  const before = await held()
  const answer = await producer.post('/v1/bulk', {
    defaults: { content_type: 'photo_scene', budget: { max_cost_usd: '0.10' } },
    metadata: { campaign: 'spring' },
    jobs: Array.from({ length: 600 }, (_, i) => ({ prompt: `post ${i}` })),
  })
  expect(answer.statusCode, answer.body).toBe(202)
  const { id, reserved_usd, expected_usd, expected_finish } = answer.json()
  expect(reserved_usd).toBe('60')
  expect(Number(expected_usd)).toBeLessThan(60)
  expect(Date.parse(expected_finish)).toBeGreaterThan(Date.now())
  expect((await held()) - before).toBe(60_000_000_000n)
  expect(producer.tickets.map((ticket) => ('from' in ticket ? [ticket.from, ticket.to] : []))).toEqual([
    [0, 249],
    [250, 499],
    [500, 599],
  ])
  const bulk = (await producer.get(`/v1/bulk/${id}`)).json()
  expect(bulk).toMatchObject({
    status: 'running',
    reserved_usd: '60',
    cost_usd: '0',
    metadata: { campaign: 'spring' },
  })
  expect(bulk.counts.queued).toBe(600)
  expect(bulk.baseline_model).toContain('/')
})

test('holds shrink to fit the budget of the bulk, and one that is too small refuses all of it', async () => {
  const before = await held()
  const jobs = [
    { prompt: 'a', content_type: 'photo_scene' },
    { prompt: 'b', content_type: 'photo_scene' },
  ]
  const tooSmall = await producer.post('/v1/bulk', { jobs, budget: { max_cost_usd: '0.0001' } })
  expect(tooSmall.statusCode).toBe(402)
  expect(tooSmall.json()).toMatchObject({
    code: 'budget_exceeded',
    field: '/budget/max_cost_usd',
    scope: 'bulk',
    limit_usd: '0.0001',
    held_usd: '0',
    spent_usd: '0',
    resets_at: null,
  })
  expect(await held()).toBe(before)
  const free = (await producer.post('/v1/bulk', { jobs })).json()
  const budget = { max_cost_usd: '0.02' }
  const fitted = (await producer.post('/v1/bulk', { jobs, budget })).json()
  expect(Number(free.reserved_usd)).toBeGreaterThan(0.02)
  expect(Number(fitted.reserved_usd)).toBeLessThanOrEqual(0.02)
})

test('more jobs than a bulk may hold, an empty one, and one that is all bad store nothing', async () => {
  const before = await held()
  const lines = '{"prompt":"x"}\n'.repeat(limits.bulkJobs + 1)
  const tooMany = await producer.post('/v1/bulk', lines, ndjson)
  expect(tooMany.statusCode).toBe(413)
  expect(tooMany.json()).toMatchObject({ code: 'too_large', limit: limits.bulkJobs, field: '/jobs' })
  const asJson = await producer.post('/v1/bulk', { jobs: Array(limits.bulkJobs + 1).fill({ prompt: 'x' }) })
  expect(asJson.json()).toMatchObject({ code: 'too_large', limit: limits.bulkJobs })
  expect((await producer.post('/v1/bulk', { jobs: [] })).json()).toMatchObject({
    status: 400,
    field: '/jobs',
  })
  const allBad = await producer.post('/v1/bulk', { jobs: [{ prompt: '' }, 7, null] })
  expect(allBad.statusCode).toBe(422)
  expect(allBad.json().rejected.map((one: { index: number }) => one.index)).toEqual([0, 1, 2])
  expect(await held()).toBe(before)
  expect(producer.tickets).toEqual([])
})

test('a data URI, a picture URL or a field that is not known in the defaults is refused in a bulk', async () => {
  const edit = { operation: 'edit', prompt: 'x', image: 'data:image/png;base64,AAAA' }
  const answer = await producer.post('/v1/bulk', { jobs: [edit, { prompt: 'good' }] })
  expect(answer.json().rejected).toMatchObject([{ index: 0, error: { field: '/image' } }])
  const defaults = await producer.post('/v1/bulk', { defaults: { promt: 'x' }, jobs: [{ prompt: 'y' }] })
  expect(defaults.json()).toMatchObject({ status: 400, field: '/defaults/promt' })
})

test('defaults lie under a job field by field; webhooks follow the mode', async () => {
  const url = 'https://example.com/hook'
  const answer = await producer.post('/v1/bulk', {
    defaults: { routing: { policy: 'fastest' }, metadata: { a: 1, b: 1 } },
    webhook: { url },
    webhook_mode: 'both',
    jobs: [
      { prompt: 'x', metadata: { b: 2 }, routing: { compare_by: 'megapixel' } },
      { prompt: 'y', webhook: { url: 'https://example.com/own' } },
    ],
  })
  const bulkId = answer.json().id
  const { jobs } = await producer.ledger.jobs.list(producer.projectId, { bulkId, limit: 10 })
  expect(jobs[0]?.body).toMatchObject({
    metadata: { a: 1, b: 2 },
    routing: { policy: 'fastest', compare_by: 'megapixel' },
  })
  expect(jobs.map((job) => job.webhookUrl)).toEqual([url, 'https://example.com/own'])
  expect((await producer.ledger.jobs.bulk(producer.projectId, bulkId))?.webhookUrl).toBe(url)
})

test('the same key and jobs replay the answer; other jobs under it are refused', async () => {
  const key = { 'idempotency-key': 'night-1' }
  const bulk = { jobs: [{ prompt: 'a' }], metadata: { x: 1 } }
  const first = await producer.post('/v1/bulk', bulk, key)
  const again = await producer.post('/v1/bulk', { metadata: { x: 1 }, jobs: [{ prompt: 'a' }] }, key)
  expect([again.statusCode, again.json()]).toEqual([202, first.json()])
  const other = await producer.post('/v1/bulk', { ...bulk, jobs: [{ prompt: 'b' }] }, key)
  expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_mismatch' })
})

test('a canceled bulk ends its waiting jobs and frees their holds', async () => {
  const before = await held()
  const { id } = (await producer.post('/v1/bulk', { jobs: [{ prompt: 'a' }, { prompt: 'b' }] })).json()
  const canceled = await producer.post(`/v1/bulk/${id}/cancel`, '')
  expect(canceled.json()).toMatchObject({ id, status: 'canceled', reserved_usd: '0' })
  expect(canceled.json().counts.canceled).toBe(2)
  expect(await held()).toBe(before)
})
