import { jobAnswerSchema } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataUri, greyPng } from '../../testing/pictures.ts'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const job = { prompt: 'A lighthouse at dusk' }
const stored = async (id: string) => (await producer.ledger.jobs.job(producer.projectId, id))?.job

test('a job is committed with its hold, ticketed, and answered whole', async () => {
  const answer = await producer.post('/v1/jobs', { ...job, latency: { max_ms: 3000 }, metadata: { post: 7 } })
  expect(answer.statusCode, answer.body).toBe(202)
  expect(jobAnswerSchema.strict().parse(answer.json())).toMatchObject({
    status: 'queued',
    quoted_usd: '0.028',
    simulated: true,
    metadata: { post: 7 },
  })
  const { id } = answer.json()
  // the dearest of those that can: OpenAI's 0.040
  expect(await stored(id)).toMatchObject({ status: 'queued', hold: 40_000_000n, quoted: 28_000_000n })
  expect(producer.tickets).toContainEqual({ v: 1, job: id })
  expect((await producer.get(`/v1/jobs/${id}`)).json()).toMatchObject({ id, status: 'queued' })
})

test('the hold is the job’s own ceiling, and never more than its limit per image', async () => {
  const whole = await producer.post('/v1/jobs', { ...job, budget: { max_cost_usd: '0.5' } })
  expect((await stored(whole.json().id))?.hold).toBe(500_000_000n)
  const perImage = await producer.post('/v1/jobs', { ...job, budget: { max_cost_per_image_usd: '0.03' } })
  expect((await stored(perImage.json().id))?.hold).toBeLessThanOrEqual(30_000_000n)
})

test('a budget that cannot hold the job refuses it with its figures', async () => {
  const { key, projectId } = await producer.ledger.projects.createKey('poor')
  await producer.ledger.projects.setBudget(projectId, 1_000_000n)
  const answer = await producer.post('/v1/jobs', job, { authorization: `Bearer ${key}` })
  expect(answer.statusCode).toBe(402)
  expect(answer.json()).toMatchObject({
    code: 'budget_exceeded',
    limit_usd: '0.001',
    held_usd: '0',
    spent_usd: '0',
  })
  expect((await producer.ledger.jobs.list(projectId, { limit: 1 })).jobs).toEqual([])
})

test('a picture in the body is stored as a file, and the stored job names only its id', async () => {
  const picture = greyPng(96, 64)
  const answer = await producer.post('/v1/jobs', {
    ...job,
    operation: 'edit',
    image: dataUri(picture),
    mask: dataUri(greyPng(96, 64, { halfWhite: true })),
  })
  expect(answer.statusCode, answer.body).toBe(202)
  const row = await stored(answer.json().id)
  expect(row?.inputs).toMatchObject({ width: 96, height: 64, mask: { maskedPixels: 48 * 64 } })
  expect(row?.body.image).toBe(row?.inputs.images[0]?.fileId)
  expect(JSON.stringify(row?.body)).not.toContain('base64')
  const content = await producer.get(`/v1/files/${row?.body.image}/content`)
  expect(content.rawPayload.equals(picture)).toBe(true)
})

test('the same key and body are one job; another body is refused, and so is a key that is none', async () => {
  const key = { 'idempotency-key': 'post-17' }
  const first = await producer.post('/v1/jobs', { ...job, n: 1, seed: undefined }, key)
  const again = await producer.post('/v1/jobs', { n: 1, ...job }, key)
  expect([again.statusCode, again.json()]).toEqual([202, first.json()])
  const other = await producer.post('/v1/jobs', { prompt: 'Another' }, key)
  expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_mismatch' })
  const broken = await producer.post('/v1/jobs', job, { 'idempotency-key': 'a b' })
  expect(broken.json()).toMatchObject({ status: 400, field: '/idempotency-key', limit: 255 })
})

test('of two calls with one key at the same time, one is told to wait', async () => {
  const key = { 'idempotency-key': 'twice' }
  const answers = await Promise.all([
    producer.post('/v1/jobs', job, key),
    producer.post('/v1/jobs', job, key),
  ])
  expect(answers.map((answer) => answer.statusCode).toSorted()).toEqual([202, 409])
  expect(answers.find((answer) => answer.statusCode === 409)?.headers['retry-after']).toBe('1')
})

test('a wait answers 200 as soon as the job ends, and 202 when the time is over', async () => {
  const slow = await producer.post('/v1/jobs?wait=1', job)
  expect([slow.statusCode, slow.json().status]).toEqual([202, 'queued'])
  const { id } = slow.json()
  const waiting = producer.get(`/v1/jobs/${id}?wait=60`)
  await producer.post(`/v1/jobs/${id}/cancel`, '')
  expect((await waiting).json()).toMatchObject({ id, status: 'canceled', error: { code: 'canceled' } })
})

test('a canceled job is told to those who wait and those who deliver; a second cancel changes nothing', async () => {
  const { id } = (await producer.post('/v1/jobs', job)).json()
  const first = await producer.post(`/v1/jobs/${id}/cancel`, '')
  expect(first.json()).toMatchObject({ status: 'canceled', cost_usd: '0' })
  expect(producer.signals.named('ended').flat()).toContainEqual({ job_id: id, bulk_id: null })
  const second = await producer.post(`/v1/jobs/${id}/cancel`, '')
  expect([second.statusCode, second.json()]).toEqual([200, first.json()])
})

test('while a store is gone nothing is accepted: 503 with Retry-After, until it is back', async () => {
  const jobs = async () => (await producer.ledger.jobs.list(producer.projectId, { limit: 1_000 })).jobs.length
  const before = await jobs()
  producer.gone.add('redis')
  const ready = await producer.get('/health/ready')
  expect([ready.statusCode, ready.headers['retry-after']]).toEqual([503, '2'])
  await producer.stores.look()
  const refused = await producer.post('/v1/jobs', job)
  expect([refused.statusCode, refused.headers['retry-after'], refused.json().code]).toEqual([
    503,
    '2',
    'unavailable',
  ])
  expect(await jobs()).toBe(before)
  producer.gone.clear()
  await producer.stores.look()
  expect((await producer.post('/v1/jobs', job)).statusCode).toBe(202)
})

test('a ticket that cannot be relayed does not fail a committed job', async () => {
  producer.gone.add('redis')
  const answer = await producer.post('/v1/jobs', job)
  producer.gone.clear()
  expect(answer.statusCode).toBe(202)
})

test('where all prices are too old to buy by, the job is accepted and waits, and the matrix says so', async () => {
  const day = 24 * 3_600_000
  const pricesAgeMs = { openai: day, replicate: day, stability: day }
  const stale = await startProducer({ catalogue: 'reference', pricesAgeMs })
  try {
    expect((await stale.post('/v1/jobs', job)).statusCode).toBe(202)
    const [row] = (await stale.get('/v1/prices?provider=openai')).json().data
    expect(row).toMatchObject({ stale: true, cost_per_image_usd: expect.any(String) })
  } finally {
    await stale.stop()
  }
})

test('a size of auto is the usual one, where somebody makes it', async () => {
  const { id } = (await producer.post('/v1/jobs', { ...job, size: 'auto' })).json()
  expect(await stored(id)).toMatchObject({
    ...{ body: { size: '1024x1024' }, inputs: { width: 1_024, height: 1_024 }, quoted: 28_000_000n },
  })
})
