import { limits, problemSchema } from '@halftone/contracts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectNothingStored } from './testing/nothing-stored.ts'
import { dataUri, greyPng } from './testing/pictures.ts'
import { type Answer, startProducer, type TestProducer } from './testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterEach(() => expectNothingStored(producer))
afterAll(() => producer.stop())

function expectProblem(answer: Answer, wanted: { status: number; code: string; field?: string | null }) {
  expect(answer.headers['content-type']).toContain('application/problem+json')
  const problem = problemSchema.parse(answer.json())
  expect(problem).toMatchObject(wanted)
  expect(answer.statusCode).toBe(wanted.status)
  expect(problem.next, 'every refusal names a cure').toBeTruthy()
  return problem
}

const job = { prompt: 'A lighthouse at dusk' }
const invalid = { status: 400, code: 'invalid_request' }
const impossible = { status: 422, code: 'impossible' }

const refused: [
  what: string,
  body: unknown,
  wanted: { status: number; code: string; field?: string | null },
  limit?: unknown,
][] = [
  ['an unknown field', { ...job, promt: 'x' }, { ...invalid, field: '/promt' }],
  ['an unknown field inside', { ...job, budget: { max: '1' } }, { ...invalid, field: '/budget/max' }],
  ['a wrong type', { ...job, n: '2' }, { ...invalid, field: '/n' }, 'number'],
  ['no prompt', { size: '1024x1024' }, { ...invalid, field: '/prompt' }],
  ['an empty prompt', { prompt: '  ' }, { ...invalid, field: '/prompt' }],
  ['n of 0', { ...job, n: 0 }, { ...invalid, field: '/n' }, 1],
  ['n of 11', { ...job, n: 11 }, { ...invalid, field: '/n' }, 10],
  [
    'a 10 MB prompt',
    { prompt: 'x'.repeat(10_000_000) },
    { ...invalid, field: '/prompt' },
    limits.promptCodePoints,
  ],
  [
    'a prompt of 32,001 code points',
    { prompt: '😀'.repeat(32_001) },
    { ...invalid, field: '/prompt' },
    32_000,
  ],
  [
    'a price with too many decimals',
    { ...job, budget: { max_cost_usd: '0.0000000001' } },
    { ...invalid, field: '/budget/max_cost_usd' },
  ],
  [
    'a price as a number',
    { ...job, budget: { max_cost_usd: 1 } },
    { ...invalid, field: '/budget/max_cost_usd' },
  ],
  [
    'an absurd ceiling',
    { ...job, budget: { max_cost_usd: '999999999' } },
    { ...invalid, field: '/budget/max_cost_usd' },
    '100000',
  ],
  ['a size that is none', { ...job, size: '1024' }, { ...invalid, field: '/size' }],
  [
    'a policy named like a member of objects',
    { ...job, routing: { policy: 'constructor' } },
    { ...invalid, field: '/routing/policy' },
  ],
  ['an unknown policy', { ...job, routing: { policy: 'dearest' } }, { ...invalid, field: '/routing/policy' }],
  [
    'a webhook without TLS',
    { ...job, webhook: { url: 'http://example.com/x' } },
    { ...invalid, field: '/webhook/url' },
  ],
  ['a picture for generate', { ...job, image: 'file_x' }, { ...invalid, field: '/image' }],
  ['a mask for generate', { ...job, mask: 'file_x' }, { ...invalid, field: '/mask' }],
  ['an edit without a picture', { ...job, operation: 'edit' }, { ...invalid, field: '/image' }],
  [
    'a picture at a private address',
    { ...job, operation: 'edit', image: 'https://127.0.0.1/a.png' },
    { ...invalid, field: '/image' },
  ],
  [
    'a file of nobody',
    { ...job, operation: 'edit', image: 'file_x' },
    { status: 404, code: 'not_found', field: '/image' },
  ],
  [
    'a broken data URI',
    { ...job, operation: 'edit', image: 'data:image/png;base64,@@@' },
    { ...invalid, field: '/image' },
  ],
  [
    'an unknown quote',
    { ...job, quote_id: `quote_${'0'.repeat(32)}` },
    { status: 404, code: 'not_found', field: '/quote_id' },
  ],
  [
    'an unknown endpoint',
    { ...job, webhook: { endpoint_id: `whe_${'0'.repeat(32)}` } },
    { status: 404, code: 'not_found', field: '/webhook/endpoint_id' },
  ],
  [
    'an unknown parent',
    { ...job, parent_job_id: `job_${'0'.repeat(32)}` },
    { status: 404, code: 'not_found', field: '/parent_job_id' },
  ],
  [
    'a deadline in the past',
    { ...job, deadline: '2020-01-01T00:00:00Z' },
    { status: 422, code: 'deadline_exceeded', field: '/deadline' },
  ],
  ['a size nobody can make', { ...job, size: '8000x100' }, { ...impossible, field: '/size' }],
  [
    'a latency nobody meets',
    { ...job, latency: { max_ms: 5 } },
    { ...impossible, field: '/latency/max_ms' },
    5,
  ],
  [
    'an unknown model',
    { ...job, routing: { model: 'openai/dalle-4' } },
    { status: 422, code: 'no_provider', field: '/routing/model' },
  ],
  [
    'an unknown provider',
    { ...job, routing: { deny: ['opena'] } },
    { status: 422, code: 'no_provider', field: '/routing/deny/0' },
  ],
]

test.each(refused)('%s is refused by field, limit and cure', async (_what, body, wanted, limit) => {
  const problem = expectProblem(await producer.post('/v1/jobs', body), wanted)
  if (limit !== undefined) expect(problem.limit).toBe(limit)
})

test('a budget below every price is refused with the cheapest price known', async () => {
  const answer = await producer.post('/v1/jobs', {
    ...job,
    latency: { max_ms: 3000 },
    budget: { max_cost_per_image_usd: '0.02' },
  })
  const problem = expectProblem(answer, { ...impossible, field: '/budget/max_cost_per_image_usd' })
  expect(problem.detail).toBe(
    'the cheapest that can do this is replicate/stable-diffusion-3.5-turbo at $0.028 an image; your limit is $0.02',
  )
  expect(problem).toMatchObject({ limit: '0.02', cheapest_usd: '0.028' })
  expect(problem.next).toContain('0.028')
})

test('a budget for the whole job that is too small names that field', async () => {
  const answer = await producer.post('/v1/jobs', { ...job, budget: { max_cost_usd: '0.01' } })
  expectProblem(answer, { ...impossible, field: '/budget/max_cost_usd' })
})

test('the sizes named instead of an impossible one can be made', async () => {
  const answer = await producer.post('/v1/jobs', { ...job, size: '1000x1000' })
  const { limit } = expectProblem(answer, { ...impossible, field: '/size' })
  expect(String(limit)).toContain('1024x1024')
})

test('an unknown model is answered with names that are close to it', async () => {
  const answer = await producer.post('/v1/jobs', { ...job, routing: { model: 'dall-e-4' } })
  expect(expectProblem(answer, { status: 422, code: 'no_provider' }).next).toContain('openai/dall-e-4')
})

test('a mask of another size is refused with both sizes', async () => {
  const answer = await producer.post('/v1/jobs', {
    ...job,
    operation: 'edit',
    image: dataUri(greyPng(64, 64)),
    mask: dataUri(greyPng(32, 64, { halfWhite: true })),
  })
  const problem = expectProblem(answer, { ...invalid, field: '/mask' })
  expect(problem.detail).toMatch(/32x64.*64x64/)
})

test('a picture of a size that nobody edits is named as such', async () => {
  const small = { image: dataUri(greyPng(8, 8)), mask: dataUri(greyPng(8, 8, { halfWhite: true })) }
  const answer = await producer.post('/v1/jobs', { ...job, operation: 'edit', ...small })
  expectProblem(answer, { ...impossible, field: '/image' })
})

test('an edit in another size than its picture is told the size of the picture', async () => {
  const picture = { image: dataUri(greyPng(128, 96)), mask: dataUri(greyPng(128, 96, { halfWhite: true })) }
  const answer = await producer.post('/v1/jobs', { ...job, operation: 'edit', size: '777x777', ...picture })
  expect(String(expectProblem(answer, { ...impossible, field: '/size' }).limit)).toContain('128x96')
})

test.each([
  ['no JSON', '{"prompt": '],
  ['an own __proto__ key', '{"prompt":"x","__proto__":{"n":2}}'],
  ['an escaped __proto__ key', '{"prompt":"x","metadata":{"\\u005f_proto__":"y"}}'],
  ['NUL in a string', '{"prompt":"x","metadata":{"a":"\\u0000"}}'],
  ['a lone surrogate', '{"prompt":"x \\ud800"}'],
  ['an infinite number', '{"prompt":"x","n":1e309}'],
  ['a list', '[1]'],
  ['nothing', ''],
  ['depth of 100,000', `{"prompt":"x","metadata":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
])('a body that is %s is refused', async (_what, body) => {
  expectProblem(await producer.post('/v1/jobs', body), invalid)
})

test('a body in another language or packed is refused', async () => {
  const unsupported = { status: 415, code: 'unsupported_media_type' }
  expectProblem(await producer.post('/v1/jobs', '<job/>', { 'content-type': 'text/xml' }), unsupported)
  expectProblem(
    await producer.post('/v1/jobs', '{}', { 'content-type': 'application/x-ndjson' }),
    unsupported,
  )
  expectProblem(await producer.post('/v1/jobs', job, { 'content-encoding': 'gzip' }), unsupported)
})

test('a body over the limit is refused with the limit', async () => {
  const tooLarge = { status: 413, code: 'too_large' }
  const large = {
    ...job,
    metadata: Object.fromEntries(Array.from({ length: 3 }, (_, i) => [i, 'x'.repeat(400_000)])),
  }
  expectProblem(await producer.post('/v1/jobs', large), invalid)
  const huge = { ...job, image: 'x'.repeat(26_000_000) }
  expect(expectProblem(await producer.post('/v1/jobs', huge), tooLarge).limit).toBe(
    limits.jobWithDataUriBytes,
  )
})

test('a key that is missing, unknown or of another kind is refused', async () => {
  const unauthorized = { status: 401, code: 'unauthorized', field: '/authorization' }
  for (const authorization of ['', 'Bearer nobody', 'Basic abc', `Bearer ${producer.adminKey}`])
    expectProblem(await producer.post('/v1/jobs', job, { authorization }), unauthorized)
  expectProblem(await producer.post('/admin/v1/keys', { project: 'x' }), unauthorized)
})

test.each(['soon', '-1', '121', '1.5'])('a wait of %s is refused', async (wait) => {
  expectProblem(await producer.post(`/v1/jobs?wait=${wait}`, job), { ...invalid, field: '/wait' })
})

test('a filter that is not known, and a broken cursor, are refused', async () => {
  expectProblem(await producer.get('/v1/jobs?state=queued'), { ...invalid, field: '/state' })
  expectProblem(await producer.get('/v1/jobs?cursor=abc'), { ...invalid, field: '/cursor' })
  expectProblem(await producer.get('/v1/jobs?metadata.a=%00'), invalid)
  expectProblem(await producer.get('/v1/jobs?limit=0'), { ...invalid, field: '/limit' })
})

test('a route that does not exist is a 404 like any other', async () => {
  expectProblem(await producer.get('/v1/quotes'), { status: 404, code: 'not_found' })
  expectProblem(await producer.get('/v1/jobs/%E0%A4%A'), { status: 400, code: 'invalid_request' })
})
