import type { AddressInfo } from 'node:net'
import { newId } from '@halftone/contracts'
import { form, greyPng } from './pictures.ts'
import type { TestProducer } from './start-producer.ts'

/** One of each thing that a route can be about. */
export interface Given {
  /** Where the server listens. */
  base: string
  job: string
  bulk: string
  file: string
  endpoint: string
  /** Prices that the operator has to decide on. */
  held: number[]
  /** A call whose outcome nobody knows. */
  attempt: string
  batchFile: string
  batch: string
}

/** A rule of the reference catalogue. */
export const ruleId = 'ref:replicate/sd-3.5-turbo/generate/1024'

export async function prepareRoutes(producer: TestProducer): Promise<Given> {
  const { app, ledger } = producer
  await app.listen({ port: 0, host: '127.0.0.1' })
  const made = async (url: string, body: object) => (await producer.post(url, body)).json().id
  const upload = async (url: string, fields: Record<string, string | Buffer>) => {
    const { body, headers } = form(fields)
    return (await producer.post(url, body, headers)).json().id
  }
  const url = '/v1/images/generations'
  const line = { custom_id: 'kite', method: 'POST', url, body: { model: 'auto', prompt: 'a red kite' } }
  const batchFile = await upload('/openai/v1/files', {
    purpose: 'batch',
    file: Buffer.from(JSON.stringify(line)),
  })
  const order = { endpoint: url, completion_window: '24h' }
  const given = {
    base: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    job: await made('/v1/jobs', { prompt: 'a red kite', metadata: { post: 17 } }),
    bulk: await made('/v1/bulk', { jobs: [{ prompt: 'a red kite' }, { prompt: 'a blue one' }] }),
    file: await upload('/v1/files', { purpose: 'image', file: greyPng(8, 8) }),
    endpoint: await made('/v1/webhook-endpoints', { url: 'https://hooks.example.com/a' }),
    held: await holdPrices(producer),
    attempt: await loseCall(producer),
    batchFile,
    batch: await made('/openai/v1/batches', { ...order, input_file_id: batchFile }),
  }
  // the endpoint's challenge is answered
  const messages = await ledger.outbox.take(10, 1_000)
  await ledger.outbox.delivered(messages.map(({ id }) => ({ id, status: 200, ms: 9, answer: 'ok' })))
  return given
}

/** Two prices that no one believes yet. */
async function holdPrices(producer: TestProducer): Promise<number[]> {
  const { prices } = producer.ledger
  for (const [source, amount] of [
    ['feed', '0.28'],
    ['other', '0.29'],
  ] as const) {
    const of = producer.ruleOf(ruleId)
    await prices.put([of])
    const reading = { ...of, components: [{ kind: 'per_image', amount, count: 'output' } as const] }
    const finding = {
      kind: 'leap',
      ruleId,
      reason: 'ten times as much',
      reading,
      digest: source,
    } as const
    await prices.quarantine.report(source, { findings: [finding], confirmed: [], complete: true })
  }
  const headers = { authorization: `Bearer ${producer.adminKey}` }
  const { data } = (
    await producer.app.inject({ url: '/admin/v1/price-quarantine?state=held', headers })
  ).json()
  return data.map(({ id }: { id: number }) => id)
}

/** A call that may have been paid for. */
async function loseCall(producer: TestProducer): Promise<string> {
  const { ledger } = producer
  const id: string = (await producer.post('/v1/jobs', { prompt: 'a red kite' })).json().id
  const tag = { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } as const
  await ledger.classify.tag([{ id, tag: { ...tag, plausible: ['logo'] } }])
  const plan = { choice: null, ranked: [], excluded: [], summary: '', policy: 'cheapest' }
  const [planId = ''] = await ledger.dispatch.savePlans([{ digest: Buffer.alloc(32, 2), plan }])
  const worst = 40_000_000n
  const wish = { id, pool: 'openai', planId, worst, latencyMissed: false }
  const { dispatched } = await ledger.dispatch.dispatch([wish])
  const attemptId = newId('attempt')
  await ledger.attempts.claim({
    ...{ attemptId, jobId: id, generation: dispatched[0]!.generation, owner: 'gone', leaseMs: 15_000 },
    ...{ provider: 'openai', model: 'dall-e-4', account: 'openai', operation: 'generate', ruleId: 'r' },
    ...{ priceVersion: 1, worst, simulated: true },
  })
  const error = { code: 'outcome_unknown', message: 'cut', next: null } as const
  await ledger.attempts.finish({ attemptId, fence: 1n, kind: 'unknown', error, rebuy: false, avoid: null })
  return attemptId
}
