import { expect, test } from 'vitest'
import { ImageGenerationClient } from './image-generation-client.ts'
import type { SubmitProgress } from './submit-many.ts'
import { fakeHalftone, json } from './testing/fake-halftone.ts'

/** Accepts all, but for jobs whose prompt says so. */
function bulks() {
  let seq = 0
  return fakeHalftone(({ body }) => {
    const jobs = isBulk(body) ? body.jobs : []
    const rejected = jobs.flatMap(({ prompt }, index) =>
      prompt === 'bad' ? [{ index, error: { code: 'impossible', message: 'no', next: null } }] : [],
    )
    if (rejected.length === jobs.length)
      return json({ code: 'impossible', detail: 'none', accepted: 0, rejected }, 422)
    const money = { reserved_usd: '0.1', expected_usd: '0.028' }
    return json({ id: `bulk_${seq++}`, accepted: jobs.length - rejected.length, rejected, ...money }, 202)
  })
}

function isBulk(body: unknown): body is { jobs: { prompt: string }[] } {
  return typeof body === 'object' && body !== null && 'jobs' in body
}

function* prompts(count: number, taken: { count: number }) {
  for (let i = 0; i < count; i++) {
    taken.count++
    yield { prompt: `picture ${i}` }
  }
}

test('a source is read only as fast as bulks are taken: 100,000 jobs never stand in memory', async () => {
  const taken = { count: 0 }
  const { asked, options } = bulks()
  const many = new ImageGenerationClient(options).submitMany(prompts(100_000, taken), {
    size: 100,
    inFlight: 3,
  })
  expect(taken.count, 'nothing before the first is asked for').toBe(0)
  await many.next()
  await many.next()
  expect(asked.length).toBeLessThanOrEqual(4)
  expect(taken.count).toBeLessThanOrEqual(4 * 100 + 1)
  await many.return(undefined)
  expect(taken.count, 'and nothing after the consumer left').toBeLessThanOrEqual(4 * 100 + 1)
})

test('bulks are told in order, rejected jobs by their place in the source, and all add up', async () => {
  const jobs = Array.from({ length: 25 }, (_, i) => ({ prompt: i === 13 || i >= 20 ? 'bad' : 'good' }))
  const { options } = bulks()
  const told: SubmitProgress[] = []
  const client = new ImageGenerationClient(options)
  const all = await Array.fromAsync(
    client.submitMany(jobs, { size: 10, onProgress: (one) => told.push(one) }),
  )
  expect(all.map(({ first, count, id, accepted }) => ({ first, count, id, accepted }))).toEqual([
    { first: 0, count: 10, id: 'bulk_0', accepted: 10 },
    { first: 10, count: 10, id: 'bulk_1', accepted: 9 },
    { first: 20, count: 5, id: null, accepted: 0 },
  ])
  expect(all.flatMap(({ rejected }) => rejected.map(({ index }) => index))).toEqual([13, 20, 21, 22, 23, 24])
  expect(told.at(-1)).toMatchObject({ read: 25, accepted: 19, rejected: 6, reserved_usd: '0.2' })
})

test('a run that is started again sends the same bulks under the same keys', async () => {
  const { asked, options } = bulks()
  const client = new ImageGenerationClient(options)
  const again = () =>
    Array.fromAsync(client.submitMany(prompts(30, { count: 0 }), { size: 10, run: 'night-7' }))
  await again()
  await again()
  const keys = asked.map(({ headers }) => headers.get('idempotency-key'))
  expect(keys).toEqual(['night-7:0', 'night-7:1', 'night-7:2', 'night-7:0', 'night-7:1', 'night-7:2'])
  expect(asked.slice(3).map(({ body }) => body)).toEqual(asked.slice(0, 3).map(({ body }) => body))
})

test('what a bulk is posted with stands beside its jobs, and large jobs make smaller bulks', async () => {
  const { asked, options } = bulks()
  const jobs = Array.from({ length: 3 }, () => ({ prompt: 'x'.repeat(5_000_000) }))
  const bulk = { webhook: { url: 'https://hooks.test/' }, defaults: { size: '512x512' } }
  await Array.fromAsync(new ImageGenerationClient(options).submitMany(jobs, { bulk }))
  expect(asked.map(({ body }) => isBulk(body) && body.jobs.length)).toEqual([1, 1, 1])
  expect(asked[0]?.body).toMatchObject(bulk)
})

test('a bulk that is refused stops the run, and what stands after it is not sent', async () => {
  const { asked, options } = fakeHalftone(() => json({ code: 'budget_exceeded', detail: 'spent' }, 402))
  const taken = { count: 0 }
  const many = new ImageGenerationClient(options).submitMany(prompts(1_000, taken), { size: 10 })
  await expect(Array.fromAsync(many)).rejects.toMatchObject({ code: 'budget_exceeded' })
  expect(asked.length).toBeLessThanOrEqual(2)
})
