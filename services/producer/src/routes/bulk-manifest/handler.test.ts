import { newId } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

/** Runs a job as a worker would, without a provider. */
async function succeed(jobId: string, cost: bigint): Promise<void> {
  const { ledger } = producer
  const tag = { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } as const
  await ledger.classify.tag([{ id: jobId, tag: { ...tag, plausible: ['logo'] } }])
  const plan = { choice: null, ranked: [], excluded: [], summary: '', policy: 'cheapest' }
  const [planId = ''] = await ledger.dispatch.savePlans([{ digest: Buffer.alloc(32, 7), plan }])
  const wish = { id: jobId, pool: 'openai', planId, worst: cost, latencyMissed: false }
  const { dispatched } = await ledger.dispatch.dispatch([wish])
  const claim = await ledger.attempts.claim({
    ...{
      jobId,
      generation: dispatched[0]!.generation,
      owner: 'w',
      leaseMs: 9_000,
      attemptId: newId('attempt'),
    },
    ...{ provider: 'openai', model: 'dall-e-4', account: 'a', operation: 'generate', ruleId: 'r' },
    ...{ priceVersion: 1, worst: cost, simulated: true },
  })
  if (claim.kind !== 'claimed') throw new Error(claim.kind)
  const image = { sha256: 'a'.repeat(64), width: 8, height: 8, format: 'png', bytes: 9 } as const
  const images = [{ fileId: newId('file'), ...image }]
  await ledger.attempts.finish({ ...claim, kind: 'succeeded', cost, images })
}

test('the manifest lists every job in order with fresh links, as JSON lines and as CSV', async () => {
  const jobs = Array.from({ length: 501 }, (_, post) => ({ prompt: 'x', metadata: { post } }))
  const { id } = (await producer.post('/v1/bulk', { jobs })).json()
  const { data } = (await producer.get(`/v1/bulk/${id}/jobs?limit=1`)).json()
  await succeed(data[0].id, 28_000_000n)

  const answer = await producer.get(`/v1/bulk/${id}/manifest`)
  expect(answer.headers['content-type']).toBe('application/x-ndjson')
  const rows = answer.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ index, metadata }) => [index, metadata.post])).toEqual(jobs.map((_, i) => [i, i]))
  const [{ url }] = rows[0].images
  expect(rows[0]).toMatchObject({
    ...{ job_id: data[0].id, status: 'succeeded', provider: 'openai', model: 'dall-e-4', cost_usd: '0.028' },
  })
  expect(Number(new URL(url).searchParams.get('expires'))).toBeGreaterThan(Date.now() / 1_000 + 23 * 3_600)

  const csv = await producer.app.inject({
    url: `/v1/bulk/${id}/manifest?status=succeeded`,
    headers: { authorization: `Bearer ${producer.key}`, accept: 'text/csv' },
  })
  expect(csv.body.split('\r\n')).toEqual([
    'index,job_id,status,provider,model,cost_usd,urls,error_code,error_message,metadata',
    `0,${data[0].id},succeeded,openai,dall-e-4,0.028,${url},,,"{""post"":0}"`,
    '',
  ])
})

test('the controls and the manifest of others’ bulks are not found', async () => {
  const { id } = (await producer.post('/v1/bulk', { jobs: [{ prompt: 'x' }] })).json()
  const ask = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) =>
    producer.app.inject({ method, url, payload, headers: { authorization: `Bearer ${producer.otherKey}` } })
  const answers = await Promise.all([
    ask('GET', `/v1/bulk/${id}/manifest`),
    ask('POST', `/v1/bulk/${id}/pause`),
    ask('POST', `/v1/bulk/${id}/resume`),
    ask('POST', `/v1/bulk/${id}/retry-failed`, {}),
    ask('PATCH', `/v1/bulk/${id}`, { priority: 1 }),
  ])
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404, 404])
})
