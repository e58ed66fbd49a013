import { expect, test } from 'vitest'
import { startFakeServer } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

const endpoint = {
  ...{ id: 'whe_1', url: 'https://example.com/hook', description: '', events: [], mode: 'per_bulk' },
  ...{ status: 'pending', disabled_because: null, failing_since: null, previous_secret_until: null },
  ...{ created_at: '2026-11-22T11:00:00Z', verified_at: null },
}
const delivery = {
  ...{ id: 'whk_1', type: 'image.job.failed', job_id: 'job_1', bulk_id: null, status: 'exhausted', tries: 1 },
  ...{ created_at: '2026-11-22T09:00:00Z', next_try_at: null, delivered_at: null },
  attempts: [{ at: '2026-11-22T09:00:00Z', status: 500, latency_ms: 12, error: null, answer: 'oh' }],
}

test('an endpoint is made, listed, rotated, tested, looked into and replayed; its secret is shown when it is made', async () => {
  const root = '/v1/webhook-endpoints'
  const server = await startFakeServer({
    [`POST ${root}`]: { status: 201, body: { ...endpoint, secret: 'whsec_x' } },
    [`GET ${root}`]: { body: { data: [{ ...endpoint, status: 'disabled', disabled_because: 'failing' }] } },
    [`POST ${root}/whe_1/rotate`]: { body: { ...endpoint, secret: 'whsec_y' } },
    [`POST ${root}/whe_1/test`]: { status: 202, body: { message_id: 'whk_2' } },
    [`GET ${root}/whe_1/deliveries`]: { body: { data: [delivery], next_cursor: 'whk_1' } },
    [`POST ${root}/whe_1/replay`]: { status: 202, body: { replayed: 3 } },
    [`DELETE ${root}/whe_1`]: { status: 204, body: '' },
  })
  const env = { HALFTONE_API: server.url, HALFTONE_KEY: 'k' }
  const says = async (...args: string[]) => (await run(['webhooks', ...args], { env })).out
  const sent = () => JSON.parse(server.received.at(-1)?.body ?? '')
  expect(await says('create', endpoint.url, '--events', 'image.job.failed, image.job.expired')).toContain(
    'whsec_x',
  )
  expect(sent()).toEqual({ url: endpoint.url, events: ['image.job.failed', 'image.job.expired'] })
  expect(await says()).toMatch(/whe_1 +disabled: failing +per_bulk +all/)
  expect(await says('rotate', 'whe_1')).toContain('whsec_y')
  expect(await says('test', 'whe_1')).toContain('whk_2')
  expect(await says('deliveries', 'whe_1', '--status', 'exhausted')).toMatch(
    /whk_1 +image\.job\.failed +job_1 +exhausted +1 +500 in 12 ms +3 h[\s\S]*--cursor whk_1/,
  )
  expect(await says('replay', 'whe_1', '--from', '2026-11-21T00:00:00Z', '--status', 'held')).toContain(
    '3 messages',
  )
  expect(sent()).toEqual({ from: '2026-11-21T00:00:00Z', status: ['held'] })
  expect(await says('delete', 'whe_1')).toContain('gone')
  expect(await run(['webhooks', 'eat', 'whe_1'], { env })).toMatchObject({ code: 2 })
  await server.close()
})
