import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
const id = 'ref:replicate/sd-3.5-turbo/generate/1024'
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
  await producer.ledger.prices.put([producer.ruleOf(id)])
})
afterAll(() => producer.stop())

const put = (rule: string, payload: object, key = producer.adminKey) =>
  producer.app.inject({
    method: 'PUT',
    url: `/admin/v1/price-rules/${encodeURIComponent(rule)}`,
    payload,
    headers: { authorization: `Bearer ${key}` },
  })

test('an operator states an amount: a new version with confidence 1, told to every process, and the history shows both', async () => {
  const answer = await put(id, { amount_usd: '0.035' })
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json()).toMatchObject({
    version: 2,
    rule: { id, confidence: 1, components: [{ amount: '0.035' }], source: { kind: 'operator_override' } },
  })
  expect(producer.signals.named('price')).toMatchObject([
    { version: 2, rule_id: id, old_nano: '28000000', new_nano: '35000000', source: 'operator' },
  ])
  const { data } = (await producer.get(`/v1/prices/history?rule_id=${encodeURIComponent(id)}`)).json()
  expect(data).toMatchObject([
    { version: 2, until: null, amounts: [{ kind: 'per_image', amount: '0.035' }], source: 'operator' },
    {
      version: 1,
      until: data[0].from,
      amounts: [{ kind: 'per_image', amount: '0.028' }],
      source: 'reference',
    },
  ])
  expect((await put(id, { amount_usd: '0.035' })).json().version, 'the same again').toBe(2)
})

test('a whole rule makes a new one; a page of the history leads to the next', async () => {
  const { id: _, source: _source, confidence: _confidence, ...rule } = producer.ruleOf(id)
  const made = await put('op:replicate/turbo/own', rule)
  expect(made.json(), made.body).toMatchObject({ rule: { id: 'op:replicate/turbo/own', confidence: 1 } })
  const model = 'model=replicate/stable-diffusion-3.5-turbo'
  const first = (await producer.get(`/v1/prices/history?${model}&limit=2`)).json()
  const rest = (await producer.get(`/v1/prices/history?${model}&cursor=${first.next_cursor}`)).json()
  const versions = [...first.data, ...rest.data].map(({ version }) => version)
  expect(versions).toEqual([made.json().version, 2, 1])
  expect(rest.next_cursor).toBeNull()
})

test('what is no price, no rule or no operator is refused', async () => {
  const refusals: [Awaited<ReturnType<typeof put>>, number][] = [
    [await put(id, { amount_usd: '-1' }), 400],
    [await put(id, { amount_usd: 0.03 }), 400],
    [await put(id, {}), 400],
    [await put(id, { ...producer.ruleOf(id), id: 'another' }), 400],
    [await put(id, { ...producer.ruleOf(id), model: 'typo' }), 400],
    [await put('no:such/rule', { amount_usd: '0.03' }), 404],
    [await put(id, { amount_usd: '0.03' }, producer.key), 401],
  ]
  for (const [answer, status] of refusals) expect(answer.statusCode, answer.body).toBe(status)
  expect((await producer.ledger.prices.history(id, 10)).map(({ version }) => version)).toEqual([2, 1])
})

test('the operator sees what quotes have cost him, in the list and in the metrics; a project does not', async () => {
  const list = (key: string) =>
    producer.app.inject({ url: '/admin/v1/overruns', headers: { authorization: `Bearer ${key}` } })
  expect((await list(producer.adminKey)).json()).toEqual({
    total_usd: '0',
    jobs: 0,
    data: [],
    next_cursor: null,
  })
  expect((await list(producer.key)).statusCode).toBe(401)
  expect((await producer.app.inject({ url: '/metrics' })).body).toMatch(/^halftone_quote_overrun_usd 0$/m)
})
