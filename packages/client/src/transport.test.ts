import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HalftoneError } from './halftone-error.ts'
import { ImageGenerationClient } from './image-generation-client.ts'
import { cut, fakeHalftone, job, json } from './testing/fake-halftone.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lets time pass until it is settled. */
async function settled<T>(promise: Promise<T>): Promise<{ value?: T; error?: unknown; ms: number }> {
  const started = Date.now()
  let over = false
  const result = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  result.then(() => {
    over = true
  })
  while (!over) await vi.advanceTimersByTimeAsync(50)
  return { ...(await result), ms: Date.now() - started }
}

test('a submission whose answer is lost is sent again under the same key', async () => {
  const { asked, options } = fakeHalftone((_, place) => (place < 2 ? cut() : json(job(), 202)))
  const { value } = await settled(new ImageGenerationClient(options).submit({ prompt: 'a kite' }))
  expect(value?.id).toBe('job_1')
  const keys = asked.map(({ headers }) => headers.get('idempotency-key'))
  expect(keys).toEqual([keys[0], keys[0], keys[0]])
  expect(keys[0]).toMatch(/^[\x21-\x7e]{20,255}$/)
})

test('an upload, which nothing makes safe, is sent once', async () => {
  const { asked, options } = fakeHalftone(cut)
  const { error } = await settled(new ImageGenerationClient(options).upload(new Uint8Array([1])))
  expect(error).toMatchObject({ code: 'network', status: null })
  expect(asked).toHaveLength(1)
})

test.each([
  ['429 with Retry-After', 429, 'rate_limited'],
  ['503 with Retry-After', 503, 'unavailable'],
  ['the same key in flight', 409, 'idempotency_in_flight'],
])('%s: it waits as long as it is told, then asks again', async (_, status, code) => {
  const { asked, options } = fakeHalftone((_, place) =>
    place === 0 ? json({ code, detail: 'wait' }, status, { 'retry-after': '7' }) : json(job(), 202),
  )
  const { value, ms } = await settled(new ImageGenerationClient(options).submit({ prompt: 'a kite' }))
  expect(value?.id).toBe('job_1')
  expect(ms).toBeGreaterThanOrEqual(7_000)
  expect(asked).toHaveLength(2)
})

test('a wait that nobody should sleep through is told instead', async () => {
  const answer = () => json({ code: 'unavailable', detail: 'later' }, 503, { 'retry-after': '3600' })
  const { asked, options } = fakeHalftone(answer)
  const { error } = await settled(new ImageGenerationClient(options).job('job_1'))
  expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 3_600_000 })
  expect(asked).toHaveLength(1)
})

test('a refusal is not asked again, and tells field, limit and cure', async () => {
  const problem = {
    ...{ code: 'budget_exceeded', detail: 'the budget is spent', field: '/budget', limit: '0.01' },
    ...{ next: 'raise it', limit_usd: '5' },
  }
  const { asked, options } = fakeHalftone(() => json(problem, 402))
  const { error } = await settled(new ImageGenerationClient(options).submit({ prompt: 'a kite' }))
  expect(error).toBeInstanceOf(HalftoneError)
  expect(error).toMatchObject({
    ...{ message: 'the budget is spent', status: 402, code: 'budget_exceeded' },
    ...{ field: '/budget', limit: '0.01', next: 'raise it', problem: { limit_usd: '5' } },
  })
  expect(asked).toHaveLength(1)
})

test('a server that says nothing is given up after the time allowed, and asked again', async () => {
  const { asked, options } = fakeHalftone(() => new Promise(() => {}))
  const silent: typeof fetch = (input, init) =>
    new Promise((_, reject) => {
      options.fetch?.(input, init)
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  const client = new ImageGenerationClient({ ...options, fetch: silent, timeoutMs: 1_000, retriesMax: 1 })
  const { error, ms } = await settled(client.job('job_1'))
  expect(error).toMatchObject({ code: 'network', message: expect.stringContaining('did not answer in time') })
  expect(asked).toHaveLength(2)
  expect(ms).toBeLessThan(3_000)
})

test('an aborted wait throws the reason, and cancels the job that nobody else knows of', async () => {
  const { asked, options } = fakeHalftone(({ method, path }) =>
    method === 'GET'
      ? new Promise<Response>(() => {})
      : json(job(path.endsWith('cancel') ? { status: 'canceled' } : {})),
  )
  const fetchIt: typeof fetch = (input, init) =>
    Promise.race([
      options.fetch?.(input, init) ?? cut(),
      new Promise<Response>((_, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      ),
    ])
  const stop = new AbortController()
  const client = new ImageGenerationClient({ ...options, fetch: fetchIt })
  const running = client.generate({ prompt: 'a kite' }, { signal: stop.signal }).catch((error) => error)
  await vi.waitFor(() => expect(asked).toHaveLength(2))
  stop.abort(new Error('the user left'))
  expect(await running).toMatchObject({ message: 'the user left' })
  await vi.waitFor(() => expect(asked.at(-1)?.path).toBe('/v1/jobs/job_1/cancel'))
})

test('a wait that is over says so, names the job and leaves it running', async () => {
  const { asked, options } = fakeHalftone(({ method }) => json(job(), method === 'POST' ? 202 : 200))
  const running = new ImageGenerationClient(options).generate({ prompt: 'a kite' }, { timeoutMs: 3_000 })
  const { error } = await settled(running)
  expect(error).toMatchObject({ code: 'timeout', jobId: 'job_1' })
  expect(asked.filter(({ path }) => path.endsWith('cancel'))).toEqual([])
})

test('a job that failed throws what it failed with', async () => {
  const failure = { code: 'content_policy', message: 'refused', next: 'say it otherwise' }
  const { options } = fakeHalftone(({ method }) =>
    json(job(method === 'GET' ? { status: 'failed', error: failure } : {})),
  )
  const { error } = await settled(new ImageGenerationClient(options).generate({ prompt: 'a kite' }))
  expect(error).toMatchObject({
    code: 'content_policy',
    jobId: 'job_1',
    next: 'say it otherwise',
    status: null,
  })
})
