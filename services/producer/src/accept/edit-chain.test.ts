import { jobAnswerSchema, newId, quoteAnswerSchema } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataUri, form, greyPng } from '../testing/pictures.ts'
import { startProducer, type TestProducer } from '../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

/** A worker that makes the picture at this cost at once. */
async function make(id: string, cost: bigint): Promise<void> {
  const { ledger } = producer
  const tag = { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] } as const
  await ledger.classify.tag([{ id, tag: { ...tag, plausible: ['logo'] } }])
  const plan = { choice: null, ranked: [], excluded: [], summary: '', policy: 'cheapest' }
  const [planId = ''] = await ledger.dispatch.savePlans([{ digest: Buffer.alloc(32, 2), plan }])
  const { dispatched } = await ledger.dispatch.dispatch([
    { id, pool: 'stability', planId, worst: cost, latencyMissed: false },
  ])
  const attemptId = newId('attempt')
  await ledger.attempts.claim({
    attemptId,
    jobId: id,
    generation: dispatched[0]!.generation,
    owner: 'test',
    leaseMs: 15_000,
    provider: 'stability',
    model: 'clipdrop',
    account: 'stability',
    operation: 'edit',
    ruleId: 'rule',
    priceVersion: 1,
    worst: cost,
    simulated: true,
  })
  const picture = { fileId: newId('file'), sha256: '0'.repeat(64), width: 1024, height: 1024, bytes: 9 }
  const images = [{ ...picture, format: 'png' as const }]
  await ledger.attempts.finish({ attemptId, fence: 1n, kind: 'succeeded', cost, images })
}

const post = async (body: object, url = '/v1/jobs') => {
  const answer = await producer.post(url, body)
  return { status: answer.statusCode, json: answer.json() }
}
const accepted = async (body: object) => {
  const { status, json } = await post(body)
  expect(status, JSON.stringify(json)).toBe(202)
  return jobAnswerSchema.parse(json)
}
const get = async (id: string) => jobAnswerSchema.parse((await producer.get(`/v1/jobs/${id}`)).json())

/** An inpaint of the parent's picture, by a template of 262,144 of its pixels: $0.0262144. */
const next = (parent: string, extra: object = {}) => ({
  operation: 'edit',
  prompt: 'another sky',
  parent_job_id: parent,
  mask_template: 'center_square',
  ...extra,
})

async function root(extra: object = {}): Promise<string> {
  const { id } = await accepted({ prompt: 'a lighthouse', ...extra })
  await make(id, 28_000_000n)
  return id
}

test('an edit goes on with its parent’s picture, and each job of the chain tells what all have cost', async () => {
  const first = await root()
  const second = await accepted(next(first))
  const found = await producer.ledger.jobs.job(producer.projectId, second.id)
  const [picture] = (await producer.ledger.jobs.job(producer.projectId, first))!.job.images
  expect(found?.job.inputs.images).toMatchObject([{ fileId: picture?.fileId, width: 1024 }])
  expect(second.chain).toMatchObject({
    root: first,
    parent: first,
    depth: 1,
    jobs: 2,
    cost_usd: '0.028',
    fresh_usd: '0.028',
  })
  await make(second.id, 26_214_400n)
  const third = await accepted(next(second.id))
  await make(third.id, 26_214_400n)
  // three new pictures at $0.028 each
  const whole = { root: first, jobs: 3, cost_usd: '0.0804288', fresh_usd: '0.084', held_usd: '0' }
  expect((await get(first)).chain).toEqual({ ...whole, parent: null, depth: 0, limit_usd: null })
  expect((await get(third.id)).chain).toEqual({ ...whole, parent: second.id, depth: 2, limit_usd: null })
})

test('a quote tells what the chain has cost and would have cost, with this edit and without', async () => {
  const first = await root()
  const { status, json } = await post(next(first, { budget: { max_chain_usd: '0.05' } }), '/v1/quotes')
  expect(status).toBe(200)
  expect(quoteAnswerSchema.strict().parse(json).chain).toEqual({
    root: first,
    parent: first,
    depth: 1,
    jobs: 1,
    cost_usd: '0.028',
    fresh_usd: '0.028',
    held_usd: '0',
    limit_usd: '0.05',
    with_this: { cost_usd: '0.0542144', fresh_usd: '0.056' },
    fits: false,
  })
})

test('the limit of a chain stops the edit that would pass it, however often it is edited, until somebody raises it', async () => {
  const first = await root({ budget: { max_chain_usd: '0.06' } })
  const second = await accepted(next(first))
  const over = { status: 402, code: 'budget_exceeded', scope: 'chain', field: '/budget/max_chain_usd' }
  // the second still holds what the third would need
  expect((await post(next(first))).json).toMatchObject({ ...over, limit_usd: '0.06', spent_usd: '0.028' })
  await make(second.id, 26_214_400n)
  expect((await post(next(second.id))).json).toMatchObject({ ...over, held_usd: '0', spent_usd: '0.0542144' })
  const bulk = await post({ jobs: [next(second.id), { prompt: 'a kite' }] }, '/v1/bulk')
  expect(bulk.json).toMatchObject({
    accepted: 1,
    rejected: [{ index: 0, error: { code: 'budget_exceeded' } }],
  })
  const raised = await accepted(next(second.id, { budget: { max_chain_usd: '0.1' } }))
  expect(raised.chain).toMatchObject({ limit_usd: '0.1', depth: 2 })
  const stored = await producer.ledger.jobs.job(producer.projectId, raised.id)
  expect(stored?.job.hold).toBeLessThanOrEqual(45_785_600n)
})

test('a parent of somebody else, or one without a picture, is refused by its field', async () => {
  const waiting = await accepted({ prompt: 'a lighthouse' })
  expect((await post(next(waiting.id))).json).toMatchObject({
    status: 422,
    field: '/parent_job_id',
    limit: 'succeeded',
  })
  const foreign = await producer.app.inject({
    method: 'POST',
    url: '/v1/jobs',
    headers: { authorization: `Bearer ${producer.otherKey}` },
    payload: next(waiting.id),
  })
  expect(foreign.json()).toMatchObject({ status: 404, field: '/parent_job_id' })
  expect((await post({ ...next(waiting.id), parent_job_id: undefined })).json).toMatchObject({
    status: 400,
    field: '/image',
  })
})

test('a mask over the whole picture is done as asked, and said to be a full repaint with the price of a new picture', async () => {
  const all = greyPng(1024, 1024, { whitePixels: 1024 * 1024 })
  const uploaded = form({ file: all, purpose: 'mask' })
  expect((await producer.post('/v1/files', uploaded.body, uploaded.headers)).json()).toMatchObject({
    masked_pixels: 1_048_576,
  })
  const body = { operation: 'edit', prompt: 'x', image: dataUri(greyPng(1024, 1024)), mask: dataUri(all) }
  const job = await accepted(body)
  expect(job.notes).toEqual([
    'The mask covers the whole picture, so this is a full repaint; a new picture of 1024x1024 would have cost about $0.028.',
  ])
  expect((await get(job.id)).notes).toEqual(job.notes)
  expect((await post(body, '/v1/quotes')).json.break_even).toMatchObject({
    full_repaint: true,
    masked_pixels: 1_048_576,
    regenerate_cost_usd: '0.028',
    cheaper: 'regenerate',
  })
})
