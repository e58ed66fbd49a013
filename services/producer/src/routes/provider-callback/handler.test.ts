import { newId } from '@halftone/contracts'
import { signCallbackUrl } from '@halftone/providers/callbacks'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

const signingSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const urlSecret = 'a secret for signed links'
let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference', callbackSecrets: { replicate: signingSecret } })
})
afterAll(() => producer.stop())

const urlOf = (attemptId: string, provider = 'replicate', secret = urlSecret) => {
  const { pathname, search } = new URL(
    signCallbackUrl('http://x/callbacks/provider', secret, provider, attemptId),
  )
  return `${pathname}${search}`
}

function signed(body: string, id = 'msg_1', at = new Date(), secret = signingSecret) {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  }
}

async function send(url: string, payload: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await producer.app.inject({ method: 'POST', url, payload, headers })
  expect(answer.statusCode).toBe(204)
  expect(answer.body).toBe('')
}

/** All that a callback could have changed. */
async function state(attemptId: string) {
  const { ledger, signals } = producer
  return {
    wakes: signals
      .named('callback')
      .flat()
      .filter(({ attempt_id }) => attempt_id === attemptId).length,
    hint: (await ledger.reconciliation.find(attemptId))?.attempt.callbackRef ?? null,
  }
}

/** A call whose answer was lost before the provider's id was kept. */
async function startCall(): Promise<string> {
  const { ledger, projectId } = producer
  const accepted = await producer.post('/v1/jobs', { prompt: 'a red kite' })
  const id: string = accepted.json().id
  await ledger.classify.tag([
    { id, tag: { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } },
  ])
  const plan = (await ledger.jobs.job(projectId, id))?.plan
  const choice = plan?.choice ?? null
  const [planId = ''] = await ledger.dispatch.savePlans([
    {
      digest: Buffer.alloc(32, 1),
      plan: { choice, ranked: [], excluded: [], summary: '', policy: 'cheapest' },
    },
  ])
  const wish = { id, pool: 'replicate', planId, worst: 1_000n, latencyMissed: false }
  const { dispatched } = await ledger.dispatch.dispatch([wish])
  const attemptId = newId('attempt')
  const terms = { operation: 'generate', ruleId: 'rule', priceVersion: 1, worst: 1_000n, simulated: true }
  const who = { owner: 'gone', leaseMs: 15_000, provider: 'replicate', model: 'sd', account: 'replicate' }
  const generation = dispatched[0]!.generation
  await ledger.attempts.claim({ ...terms, ...who, attemptId, jobId: id, generation })
  return attemptId
}

test('200 forged callbacks change nothing and wake nobody', async () => {
  const attemptId = await startCall()
  const body = JSON.stringify({ id: 'p-forged', status: 'succeeded', output: ['http://evil.test/x.png'] })
  const old = new Date(Date.now() - 400_000)
  const forged = [
    () => send('/callbacks/provider', body, signed(body)),
    () => send(`/callbacks/provider?attempt=${attemptId}&provider=replicate&mac=AAAA`, body, signed(body)),
    () => send(urlOf(attemptId, 'replicate', 'not our secret'), body, signed(body)),
    () => send(urlOf(attemptId), body, signed(body, 'msg_1', old)),
    () =>
      send(
        urlOf(attemptId),
        body,
        signed(body, 'msg_1', new Date(), `whsec_${Buffer.alloc(32, 8).toString('base64')}`),
      ),
    () => send(urlOf(attemptId), `${body} `, signed(body)),
    () => send(urlOf(attemptId), body, { 'content-type': 'application/json' }),
  ]
  for (let round = 0; round < 200; round++) await forged[round % forged.length]!()
  expect(await state(attemptId)).toEqual({ wakes: 0, hint: null })
})

test('a genuine callback wakes once and leaves the provider’s id, and 200 replays of it do nothing more', async () => {
  const attemptId = await startCall()
  const body = JSON.stringify({ id: 'p-real', status: 'succeeded' })
  const headers = signed(body, 'msg_real')
  await send(urlOf(attemptId), body, headers)
  expect(await state(attemptId)).toEqual({ wakes: 1, hint: 'p-real' })
  expect(producer.signals.named('callback').at(-1)).toEqual([
    { attempt_id: attemptId, provider_ref: 'p-real' },
  ])
  for (let round = 0; round < 200; round++) await send(urlOf(attemptId), body, headers)
  const other = JSON.stringify({ id: 'p-other' })
  await send(urlOf(attemptId), other, signed(other, 'msg_other'))
  expect(await state(attemptId), 'the first id stays').toEqual({ wakes: 2, hint: 'p-real' })
})

test('where no signature can be checked the URL alone does, once, whatever the body', async () => {
  const attemptId = newId('attempt')
  for (const body of ['{"request_id":"r1"}', '{"request_id":"r2"}', 'no json', ''])
    await send(urlOf(attemptId, 'fal'), body, { 'content-type': 'text/plain' })
  expect(await state(attemptId)).toEqual({ wakes: 1, hint: null })
})
