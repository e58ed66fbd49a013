import { newId, parseUsd } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const worst = parseUsd('0.04')

function call(method: 'GET' | 'POST', path: string, payload?: unknown, key = producer.adminKey) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return producer.app.inject({
    method,
    url: `/admin/v1/unknown${path}`,
    headers,
    payload: JSON.stringify(payload),
  })
}

async function lostCall(): Promise<{ jobId: string; attemptId: string }> {
  const { ledger } = producer
  const accepted = await producer.post('/v1/jobs', {
    prompt: 'a red kite',
    budget: { max_cost_usd: '0.5' },
    webhook: { url: 'http://127.0.0.1:9/hook' },
  })
  const id: string = accepted.json().id
  await ledger.classify.tag([
    { id, tag: { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } },
  ])
  const plan = { choice: null, ranked: [], excluded: [], summary: '', policy: 'cheapest' }
  const [planId = ''] = await ledger.dispatch.savePlans([{ digest: Buffer.alloc(32, 2), plan }])
  const { dispatched } = await ledger.dispatch.dispatch([
    { id, pool: 'openai', planId, worst, latencyMissed: false },
  ])
  const attemptId = newId('attempt')
  await ledger.attempts.claim({
    attemptId,
    jobId: id,
    generation: dispatched[0]!.generation,
    owner: 'gone',
    leaseMs: 15_000,
    provider: 'openai',
    model: 'gpt-image-2',
    account: 'openai',
    operation: 'generate',
    ruleId: 'rule',
    priceVersion: 1,
    worst,
    simulated: true,
  })
  const error = { code: 'outcome_unknown' as const, message: 'cut', next: null }
  await ledger.attempts.finish({ attemptId, fence: 1n, kind: 'unknown', error, rebuy: false, avoid: null })
  return { jobId: id, attemptId }
}

test('the operator sees who may have been paid, says what is true once, and the books and the webhook follow', async () => {
  const { jobId, attemptId } = await lostCall()
  const before = await producer.ledger.projects.budget(producer.projectId)
  expect((await call('GET', '')).json()).toMatchObject({
    count: 1,
    held_usd: '0.04',
    needs_person: 0,
    data: [
      {
        attempt_id: attemptId,
        job_id: jobId,
        state: 'unknown',
        worst_usd: '0.04',
        error: 'cut',
        evidence: null,
      },
    ],
  })
  const verdict = { outcome: 'paid', cost_usd: '0.03', note: 'on the invoice' }
  for (const again of [1, 2]) {
    const answer = await call('POST', `/${attemptId}/resolve`, verdict)
    expect(answer.json(), `time ${again}`).toMatchObject({
      state: 'resolved',
      cost_usd: '0.03',
      evidence: { by: 'operator', says: 'on the invoice' },
    })
  }
  const after = await producer.ledger.projects.budget(producer.projectId)
  expect(after).toMatchObject({ held: before.held - worst, spent: before.spent + parseUsd('0.03') })
  expect((await call('GET', '')).json()).toMatchObject({ count: 0, held_usd: '0', data: [] })
  const messages = await producer.ledger.outbox.take(10, 1_000)
  expect(messages.map(({ type, sequence, job }) => [type, sequence, job?.id, job?.cost])).toEqual([
    ['image.job.failed', 1, jobId, parseUsd('0.03')],
    ['image.job.resolved', 2, jobId, parseUsd('0.03')],
  ])
  const other = await call('POST', `/${attemptId}/resolve`, { outcome: 'free', note: 'no' })
  expect(other.statusCode).toBe(422)
  expect(other.json()).toMatchObject({
    field: '/attempt_id',
    detail: expect.stringContaining('paid with $0.03'),
  })
})

test('a call said to be free gives all back; what was paid without a figure costs the most it can', async () => {
  const [free, paid] = [await lostCall(), await lostCall()]
  const before = await producer.ledger.projects.budget(producer.projectId)
  expect(
    (await call('POST', `/${free.attemptId}/resolve`, { outcome: 'free', note: 'log' })).json().cost_usd,
  ).toBe('0')
  expect(
    (await call('POST', `/${paid.attemptId}/resolve`, { outcome: 'paid', note: 'log' })).json().cost_usd,
  ).toBe('0.04')
  expect(await producer.ledger.projects.budget(producer.projectId)).toMatchObject({
    held: before.held - 2n * worst,
    spent: before.spent + worst,
  })
})

test('only the operator may, with a note, of an attempt that there is', async () => {
  const { attemptId } = await lostCall()
  const verdict = { outcome: 'free', note: 'log' }
  expect((await call('GET', '', undefined, producer.key)).statusCode).toBe(401)
  expect((await call('POST', `/${attemptId}/resolve`, verdict, producer.key)).statusCode).toBe(401)
  expect((await call('POST', `/${newId('attempt')}/resolve`, verdict)).statusCode).toBe(404)
  expect((await call('POST', '/nonsense/resolve', verdict)).statusCode).toBe(404)
  expect((await call('POST', `/${attemptId}/resolve`, { outcome: 'free' })).statusCode).toBe(400)
  expect((await call('POST', `/${attemptId}/resolve`, { ...verdict, cost_usd: '0.01' })).statusCode).toBe(400)
})
