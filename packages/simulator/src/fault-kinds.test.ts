import { expect, test } from 'vitest'
import type { FaultKind } from './faults.ts'
import type { Provider } from './prices/table.ts'
import { patiently, simulated } from './testing/simulated.ts'

type First = Extract<Provider, 'openai' | 'replicate' | 'stability' | 'google' | 'bfl' | 'fal'>
type Simulated = Awaited<ReturnType<typeof simulated>>

/** One paid request to each provider; resolves with the status and the body as text. */
const calls: Record<
  First,
  (to: Simulated, signal?: AbortSignal) => Promise<{ status: number; text: string }>
> = {
  openai: (to, signal) =>
    read(
      to.post(
        '/openai/v1/images/generations',
        { model: 'gpt-image-2', prompt: 'a', size: '64x64' },
        {},
        signal,
      ),
    ),
  replicate: (to, signal) =>
    read(
      to.post(
        '/replicate/v1/predictions',
        { version: 'black-forest-labs/flux-schnell', input: { prompt: 'a' } },
        {},
        signal,
      ),
    ),
  google: (to, signal) =>
    read(
      to.post(
        '/google/v1beta/models/gemini-nano-banana-2.1:generateContent',
        { contents: [{ parts: [{ text: 'a' }] }] },
        { 'x-goog-api-key': 'test-key' },
        signal,
      ),
    ),
  bfl: (to, signal) =>
    read(
      to.post('/bfl/v1/flux-2-pro', { prompt: 'a', width: 64, height: 64 }, { 'x-key': 'test-key' }, signal),
    ),
  fal: (to, signal) =>
    read(to.post('/fal/fal-ai/flux/schnell', { prompt: 'a' }, { authorization: 'Key test-key' }, signal)),
  stability: (to, signal) => {
    const form = new FormData()
    form.append('prompt', 'a')
    const headers = { authorization: 'Bearer test-key', accept: 'image/*' }
    return read(
      fetch(`${to.url}/stability/v2beta/stable-image/generate/core`, {
        method: 'POST',
        body: form,
        headers,
        signal,
      }),
    )
  },
}

async function read(call: Promise<Response>) {
  const answer = await call
  return { status: answer.status, text: await answer.text() }
}

const providers = ['openai', 'replicate', 'stability', 'google', 'bfl', 'fal'] as const
const down = { openai: 503, replicate: 503, stability: 503, google: 503, bfl: 503, fal: 503 }
const limited = { openai: 429, replicate: 429, stability: 429, google: 429, bfl: 429, fal: 429 }
const unpaid: [FaultKind, Record<First, number>][] = [
  ['down', down],
  ['rate_limit', limited],
  // Where it is 200 or 201 the refusal is in the body, or comes later.
  ['refuse', { openai: 400, replicate: 201, stability: 403, google: 200, bfl: 200, fal: 200 }],
]

test.each(unpaid)('%s answers in each provider’s way and charges nothing', async (kind, statuses) => {
  const to = await simulated()
  for (const provider of providers) {
    await to.fault(provider, kind)
    expect((await calls[provider](to)).status).toBe(statuses[provider])
  }
  if (kind === 'refuse')
    await expect.poll(() => latestPrediction(to), patiently).toMatchObject({ status: 'failed' })
  expect((await to.books()).entries).toEqual([])
})

test.each<FaultKind>(['hang', 'reset_after_paid', 'cut_body'])(
  '%s loses the answer and charges all the same',
  async (kind) => {
    const to = await simulated()
    for (const provider of providers) {
      const before = (await to.books()).entries.length
      await to.fault(provider, kind)
      const gaveUp = new AbortController()
      const call = calls[provider](to, gaveUp.signal)
      const lost = expect(call).rejects.toThrow()
      await expect.poll(async () => (await to.books()).entries.length, patiently).toBe(before + 1)
      if (kind === 'hang') gaveUp.abort()
      await lost
    }
  },
)

test('bad_json charges, and answers 200 with what nobody can read', async () => {
  const to = await simulated()
  for (const provider of providers) {
    await to.fault(provider, 'bad_json')
    const { status, text } = await calls[provider](to)
    expect(status).toBe(200)
    expect(() => JSON.parse(text)).toThrow()
  }
  await expect.poll(async () => (await to.books()).entries.length, patiently).toBe(providers.length)
})

test('slow takes five times as long and charges once', async () => {
  const to = await simulated({ latency: 0.01 })
  await to.fault('stability', 'slow')
  const started = performance.now()
  expect((await calls.stability(to)).status).toBe(200)
  expect(performance.now() - started).toBeGreaterThan(2_500 * 0.01 * 5 * 0.7)
  expect((await to.books()).entries).toHaveLength(1)
})

test('a prediction whose submit answer was lost can be found in the list', async () => {
  const to = await simulated()
  await to.fault('replicate', 'reset_after_paid')
  await expect(calls.replicate(to)).rejects.toThrow()
  await expect
    .poll(() => latestPrediction(to), patiently)
    .toMatchObject({ status: 'succeeded', input: { prompt: 'a' } })
})

test('a client that goes away pays', async () => {
  const to = await simulated({ latency: 0.02 })
  const gone = new AbortController()
  const call = calls.openai(to, gone.signal)
  const rejected = expect(call).rejects.toThrow()
  // The request has certainly arrived once a later one has been answered.
  await to.get('/openai/v1/models')
  gone.abort()
  await rejected
  await expect.poll(async () => (await to.books()).entries.length, patiently).toBe(1)
})

test('each provider words its 429 in its own way', async () => {
  const to = await simulated()
  for (const provider of providers) await to.fault(provider, 'rate_limit')
  const openai = await Promise.all(
    [1, 2, 3].map(() => to.post('/openai/v1/images/generations', { model: 'gpt-image-2', prompt: 'a' })),
  )
  expect(
    openai.map((answer) => [answer.headers.has('retry-after-ms'), answer.headers.has('retry-after')]).sort(),
  ).toEqual([
    [false, false],
    [false, true],
    [true, false],
  ])
  const replicate = await to.post('/replicate/v1/predictions', {
    version: 'black-forest-labs/flux-schnell',
    input: { prompt: 'a' },
  })
  expect(replicate.headers.has('retry-after')).toBe(false)
  expect(await replicate.json()).toMatchObject({ status: 429, retry_after: 2 })
})

async function latestPrediction(to: Simulated): Promise<unknown> {
  const list = (await (await to.get('/replicate/v1/predictions')).json()) as { results: unknown[] }
  return list.results[0]
}
