import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
const id = 'ref:replicate/sd-3.5-turbo/generate/1024'
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
  await producer.ledger.prices.put([producer.ruleOf(id)])
  const rule = producer.ruleOf(id)
  const reading = {
    ...rule,
    components: [{ kind: 'per_image' as const, amount: '0.28', count: 'output' as const }],
  }
  const finding = { kind: 'leap' as const, ruleId: id, reason: 'ten times as much', reading, digest: 'a' }
  const poll = { findings: [finding], confirmed: [], complete: true }
  await producer.ledger.prices.quarantine.report('feed', poll)
})
afterAll(() => producer.stop())

const call = (method: 'GET' | 'POST', path: string, key = producer.adminKey) =>
  producer.app.inject({ method, url: `/admin/v1${path}`, headers: { authorization: `Bearer ${key}` } })

test('a held price is shown, and released by the operator it is booked, told, and gone from the list', async () => {
  const held = (await call('GET', '/price-quarantine?state=held')).json().data
  expect(held).toMatchObject([
    { kind: 'leap', rule_id: id, source: 'feed', reason: 'ten times as much', polls: 1 },
  ])
  const released = await call('POST', `/price-quarantine/${held[0].id}/release`)
  expect(released.json(), released.body).toEqual({ changed: [id] })
  expect(producer.signals.named('price')).toMatchObject([
    { rule_id: id, old_nano: '28000000', new_nano: '280000000' },
  ])
  expect((await call('GET', '/price-quarantine?state=held')).json().data).toEqual([])
  expect((await call('POST', `/price-quarantine/${held[0].id}/release`)).statusCode).toBe(404)
  const events = (await call('GET', '/price-events?limit=10')).json().data
  expect(events.map(({ kind }: { kind: string }) => kind)).toContain('price.changed')
})

test('only the operator sees and decides', async () => {
  for (const path of ['/price-quarantine', '/price-events', '/price-sources'])
    expect((await call('GET', path, 'ht_wrong')).statusCode, path).toBe(401)
})
