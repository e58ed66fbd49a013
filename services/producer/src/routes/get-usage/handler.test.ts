import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

test('usage is told by the dimensions asked for, as JSON and as CSV that no spreadsheet runs', async () => {
  for (const campaign of ['=1+1', 'spring, "late"']) {
    const { id } = (await producer.post('/v1/jobs', { prompt: 'x', metadata: { campaign } })).json()
    await producer.post(`/v1/jobs/${id}/cancel`, {})
  }
  const to = new Date(Date.now() + 60_000).toISOString()
  const asked = `/v1/usage?group_by=metadata.campaign,status&to=${to}`
  const answer = await producer.get(asked)
  const sums = {
    ...{ jobs: 1, succeeded: 0, images: 0 },
    ...{
      cost_usd: '0',
      baseline_usd: '0',
      savings_usd: '0',
      affinity_savings_usd: '0',
      unknown_held_usd: '0',
    },
  }
  expect(answer.json()).toEqual({
    from: new Date(Date.parse(to) - 30 * 86_400_000).toISOString(),
    to,
    group_by: ['metadata.campaign', 'status'],
    simulated: true,
    data: [
      { 'metadata.campaign': '=1+1', status: 'canceled', ...sums },
      { 'metadata.campaign': 'spring, "late"', status: 'canceled', ...sums },
    ],
    total: { ...sums, jobs: 2 },
  })
  const csv = await producer.get(`${asked}&format=csv`)
  expect(csv.headers['content-type']).toMatch('text/csv')
  expect(csv.body.split('\r\n')).toEqual([
    'metadata.campaign,status,jobs,succeeded,images,cost_usd,baseline_usd,savings_usd,affinity_savings_usd,unknown_held_usd',
    "'=1+1,canceled,1,0,0,0,0,0,0,0",
    '"spring, ""late""",canceled,1,0,0,0,0,0,0,0',
    '',
  ])
  const others = await producer.app.inject({
    url: asked,
    headers: { authorization: `Bearer ${producer.otherKey}` },
  })
  expect(others.json().total.jobs).toBe(0)
})

test.each([
  ['group_by=colour', '/group_by'],
  ['group_by=day,day', '/group_by'],
  ['group_by=day,model,status,provider,operation', '/group_by'],
  ['from=yesterday', '/from'],
  ['from=2026-02-02&to=2026-02-01', '/from'],
  ['by=day', '/by'],
])('usage by %s is refused, naming field, limit and cure', async (query, field) => {
  const answer = await producer.get(`/v1/usage?${query}`)
  expect(answer.json()).toMatchObject({ status: 400, field, next: expect.any(String) })
})
