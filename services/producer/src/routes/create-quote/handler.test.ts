import { bulkQuoteAnswerSchema, jobAnswerSchema, quoteAnswerSchema } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataUri, greyPng } from '../../testing/pictures.ts'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const job = { prompt: 'A lighthouse at dusk' }
const post = (url: string, body: unknown, headers = {}) => producer.post(url, body, headers)
const quote = async (body: unknown) => {
  const answer = await post('/v1/quotes', body)
  expect(answer.statusCode, answer.body).toBe(200)
  return quoteAnswerSchema.strict().parse(answer.json())
}
const stored = async (id: string) => (await producer.ledger.jobs.job(producer.projectId, id))?.job

/** An inpaint on a 1024x1024 picture with so many masked pixels. */
const inpaint = (maskedPixels: number, width = 1024) => ({
  operation: 'edit',
  prompt: 'a red door',
  image: dataUri(greyPng(width, 1024)),
  mask: dataUri(greyPng(width, 1024, { whitePixels: maskedPixels })),
})

test('a mask of 50,000 pixels costs $0.005 where masked pixels are the price, beside the flat $0.04, and the job is bound to it', async () => {
  const { id, choice, candidates, break_even } = await quote(inpaint(50_000))
  expect(choice).toMatchObject({
    provider: 'stability',
    model: 'clipdrop',
    cost_usd: '0.005',
    eligible: true,
  })
  expect(candidates.find(({ model }) => model === 'flat-inpaint')).toMatchObject({
    cost_usd: '0.04',
    eligible: true,
  })
  expect(candidates.filter(({ eligible, reason }) => eligible === (reason !== null))).toEqual([])
  expect(candidates.some(({ eligible }) => !eligible)).toBe(true)
  // 0.028 for a new picture, 0.0001 a thousand pixels
  expect(break_even).toEqual({
    masked_pixels: 50_000,
    edit_cost_usd: '0.005',
    regenerate_cost_usd: '0.028',
    cheaper: 'edit',
    break_even_pixels: 280_000,
    full_repaint: false,
  })
  expect(await producer.ledger.projects.budget(producer.projectId)).toMatchObject({ held: 0n })

  const accepted = await post('/v1/jobs', { ...inpaint(50_000), quote_id: id })
  expect(accepted.statusCode, accepted.body).toBe(202)
  expect(jobAnswerSchema.parse(accepted.json()).quoted_usd).toBe('0.005')
  expect(await stored(accepted.json().id)).toMatchObject({ hold: 5_000_000n, quoted: 5_000_000n })
})

test('past the break-even a new picture is the cheaper way, and past 400,000 pixels the flat price wins', async () => {
  expect((await quote(inpaint(300_000))).break_even).toMatchObject({ cheaper: 'regenerate' })
  const large = await quote(inpaint(500_000))
  expect(large.choice).toMatchObject({ model: 'flat-inpaint', cost_usd: '0.04' })
})

test('where nobody can do it the answer is no choice, and why, from each', async () => {
  const { id, choice, candidates } = await quote({ ...job, budget: { max_cost_usd: '0.001' } })
  expect(choice).toBeNull()
  expect(candidates.length).toBeGreaterThan(3)
  expect(candidates.every(({ eligible, reason }) => !eligible && reason !== null)).toBe(true)
  const used = await post('/v1/jobs', { ...job, budget: { max_cost_usd: '0.001' }, quote_id: id })
  expect(used.json()).toMatchObject({ status: 422, code: 'impossible', field: '/quote_id' })
})

test('a quote expires when it was asked to, within bounds', async () => {
  const before = Date.now()
  const life = async (body: object) => Date.parse((await quote(body)).expires_at) - before
  expect((await life(job)) / 1_000).toBeCloseTo(3_600, -2)
  expect((await life({ ...job, expires_in_seconds: 600_000 })) / 1_000).toBeCloseTo(600_000, -2)
  for (const expires_in_seconds of [59, 604_801, 1.5, '60']) {
    const refused = await post('/v1/quotes', { ...job, expires_in_seconds })
    expect(refused.json()).toMatchObject({ status: 400, field: '/expires_in_seconds' })
  }
})

test('what is malformed is refused, not quoted', async () => {
  const refusals: [unknown, number, string][] = [
    [{ ...job, colour: 'red' }, 400, '/colour'],
    [{ prompt: '' }, 400, '/prompt'],
    [{ ...job, quote_id: `quote_${'0'.repeat(32)}` }, 400, '/quote_id'],
    [{ jobs: [] }, 400, '/jobs'],
    [{ jobs: [job], colour: 'red' }, 400, '/colour'],
    [[], 400, ''],
    ['"x"', 400, ''],
  ]
  for (const [body, status, field] of refusals)
    expect((await post('/v1/quotes', body)).json(), JSON.stringify(body)).toMatchObject({ status, field })
})

test('a quote binds the same request once: anything else is refused by the field that differs', async () => {
  const { id } = await quote({ ...job, n: 2 })
  const use = async (body: object, headers = {}) =>
    (await post('/v1/jobs', { ...body, quote_id: id }, headers)).json()
  expect(await use({ ...job, n: 3 })).toMatchObject({ status: 422, code: 'quote_mismatch', field: '/n' })
  expect(await use({ ...job, n: 2, size: '512x512' })).toMatchObject({ status: 422, field: '/size' })
  expect(await use({ ...job, n: 2, latency: { max_ms: 3_000 } })).toMatchObject({ field: '/latency' })
  const stranger = { authorization: `Bearer ${producer.otherKey}` }
  expect(await use({ ...job, n: 2 }, stranger)).toMatchObject({ status: 404, field: '/quote_id' })
  expect((await post('/v1/bulk', { jobs: [job], quote_id: id })).json()).toMatchObject({
    code: 'quote_mismatch',
    field: '/quote_id',
  })
  // another prompt of the same length, and a webhook, do not shape the price
  const first = await use(
    { prompt: 'A lighthouse at dawn', n: 2, metadata: { post: 1 } },
    { 'idempotency-key': 'q1' },
  )
  expect(first).toMatchObject({ status: 'queued' })
  expect(
    (await use({ prompt: 'A lighthouse at dawn', n: 2, metadata: { post: 1 } }, { 'idempotency-key': 'q1' }))
      .id,
  ).toBe(first.id)
  expect(await use({ ...job, n: 2 })).toMatchObject({ status: 409, code: 'quote_used', used_by: first.id })
})

test('an expired quote and one that never was bind nothing', async () => {
  const { id } = await quote(job)
  const known = await producer.ledger.quotes.find(producer.projectId, id)
  const expired = { ...known!, id: `quote_${'1'.repeat(32)}`, expiresAt: new Date(Date.now() - 1_000) }
  await producer.ledger.quotes.save({ quote: expired, idempotency: null })
  const late = await post('/v1/jobs', { ...job, quote_id: expired.id })
  expect(late.json()).toMatchObject({ status: 422, code: 'quote_expired', field: '/quote_id' })
  const none = await post('/v1/jobs', { ...job, quote_id: `quote_${'2'.repeat(32)}` })
  expect(none.json()).toMatchObject({ status: 404, code: 'not_found' })
})

test('after the price rose the quoted job is accepted at the old price, though its budget allows no more', async () => {
  const asked = {
    ...job,
    budget: { max_cost_usd: '0.03' },
    routing: { model: 'replicate/stable-diffusion-3.5-turbo' },
  }
  const { id, choice } = await quote(asked)
  expect(choice?.cost_usd).toBe('0.028')
  await producer.reprice('ref:replicate/sd-3.5-turbo/generate/1024', '0.05')
  try {
    expect((await post('/v1/jobs', asked)).statusCode).toBe(422)
    const bound = await post('/v1/jobs', { ...asked, quote_id: id })
    expect(bound.statusCode, bound.body).toBe(202)
    expect(await stored(bound.json().id)).toMatchObject({
      hold: 28_000_000n,
      quoted: 28_000_000n,
      ceiling: null,
    })
  } finally {
    await producer.reprice('ref:replicate/sd-3.5-turbo/generate/1024', '0.028')
  }
})

test('a bulk quote of 1,000 jobs is what the bulk reserves and expects, to the last nano', async () => {
  const jobs = Array.from({ length: 1_000 }, (_, i) => ({
    prompt: `Picture ${i}`,
    content_type: i % 3 ? 'photo_scene' : 'text_poster',
    size: i % 5 ? '1024x1024' : '2048x2048',
    n: 1 + (i % 2),
  }))
  const bad = { prompt: 'too large', size: '9999x9999' }
  const answer = await post('/v1/quotes', { jobs: [...jobs, bad] })
  expect(answer.statusCode, answer.body).toBe(200)
  const { id, total_usd, mix, rejected, expires_at, ...rest } = bulkQuoteAnswerSchema
    .strict()
    .parse(answer.json())
  expect(rest.jobs).toBe(1_000)
  expect(rejected).toMatchObject([{ index: 1_000 }])
  expect(mix.reduce((sum, part) => sum + part.jobs, 0)).toBe(1_000)
  expect((Date.parse(expires_at) - Date.now()) / 1_000).toBeCloseTo(86_400, -2)
  const bulk = await post('/v1/bulk', { jobs: [bad, ...jobs.toReversed()], quote_id: id })
  expect(bulk.statusCode, bulk.body).toBe(202)
  expect(bulk.json()).toMatchObject({ accepted: 1_000, reserved_usd: total_usd, expected_usd: total_usd })
  const plain = await post('/v1/bulk', { jobs })
  expect(plain.json().expected_usd).toBe(total_usd)
  const baseline = async (of: { json(): { id: string } }) =>
    (await producer.get(`/v1/bulk/${of.json().id}`)).json().baseline_usd
  expect(await baseline(bulk)).toBe(await baseline(plain))
})

test('a bulk that is not the quoted one is refused by the job and field that differ, and uses nothing up', async () => {
  const jobs = [job, { ...job, n: 2 }]
  const { id } = (await post('/v1/quotes', { jobs })).json()
  const use = async (body: object) => (await post('/v1/bulk', { ...body, quote_id: id })).json()
  expect(await use({ jobs: [job, { ...job, n: 4 }] })).toMatchObject({
    status: 422,
    code: 'quote_mismatch',
    field: '/jobs/1/n',
  })
  expect(await use({ jobs: [...jobs, job] })).toMatchObject({ code: 'quote_mismatch', field: '/jobs/2' })
  expect(await use({ jobs: [job] })).toMatchObject({ code: 'quote_mismatch', field: '/jobs' })
  expect(await use({ jobs, budget: { max_cost_usd: '0.01' } })).toMatchObject({ status: 402 })
  expect(await use({ jobs, metadata: { night: 1 } })).toMatchObject({ accepted: 2 })
})

test('the same idempotency key is one quote', async () => {
  const key = { 'idempotency-key': 'quote-1' }
  const first = await post('/v1/quotes', job, key)
  expect((await post('/v1/quotes', job, key)).json()).toEqual(first.json())
  expect((await post('/v1/quotes', { ...job, n: 2 }, key)).json()).toMatchObject({
    code: 'idempotency_mismatch',
  })
})
