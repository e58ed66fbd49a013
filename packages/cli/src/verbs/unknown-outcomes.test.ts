import { afterEach, expect, test } from 'vitest'
import { problem, startFakeServer } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(answers: Parameters<typeof startFakeServer>[0]) {
  const server = await startFakeServer(answers)
  closing.push(server.close)
  return { ...server, env: { HALFTONE_API: server.url, HALFTONE_KEY: 'k', HALFTONE_ADMIN_KEY: 'a' } }
}

const lost = {
  attempt_id: 'att_1',
  job_id: 'job_1',
  project_id: 'prj_1',
  provider: 'openai',
  model: 'gpt-image-2',
  state: 'unknown',
  started_at: '2026-11-22T09:00:00Z',
  worst_usd: '0.04',
  cost_usd: null,
  error: 'cut',
  evidence: { by: 'usage', says: '1 to 2 were paid' },
  needs_person_since: '2026-11-22T11:00:00Z',
}

test('unknown outcomes are a table with what is known and what is held, or JSON as it came', async () => {
  const body = { count: 1, held_usd: '0.04', needs_person: 1, data: [lost], next_cursor: null }
  const { env } = await serve({ 'GET /admin/v1/unknown': { body } })
  const { out } = await run(['doctor', '--unknown'], { env })
  for (const part of ['att_1', 'openai/gpt-image-2', '3 h', '1 to 2 were paid', 'you', '$0.04 held'])
    expect(out).toContain(part)
  expect(JSON.parse((await run(['doctor', '--unknown', '--json'], { env })).out)).toEqual(body)
  const none = await serve({ 'GET /admin/v1/unknown': { body: { ...body, count: 0, data: [] } } })
  expect((await run(['doctor', '--unknown'], { env: none.env })).out).toContain('nothing is unknown')
})

test('the operator’s word is sent with its cost and its reason; without a reason nothing is sent', async () => {
  const server = await serve({
    'POST /admin/v1/unknown/att_1/resolve': { body: { ...lost, state: 'resolved', cost_usd: '0.03' } },
    'POST /admin/v1/unknown/att_2/resolve': problem(422, 'this attempt is not unknown', null),
  })
  const { env } = server
  const resolve = ['doctor', '--unknown', '--resolve', 'att_1']
  expect((await run([...resolve, 'paid'], { env })).code).toBe(2)
  expect((await run([...resolve, 'maybe', '--note', 'x'], { env })).code).toBe(2)
  expect(server.received).toEqual([])
  const { out } = await run([...resolve, 'paid', '--cost', '0.03', '--note', 'invoice'], { env })
  expect(out).toBe('att_1 of job_1 is paid, $0.03')
  expect(server.received).toMatchObject([{ authorization: 'Bearer a' }])
  expect(JSON.parse(server.received[0]!.body)).toEqual({ outcome: 'paid', note: 'invoice', cost_usd: '0.03' })
  expect(
    (await run(['doctor', '--unknown', '--resolve', 'att_2', 'free', '--note', 'x'], { env })).code,
  ).toBe(1)
})
