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

const cells = (out: string) => out.split('\n').map((line) => line.trim().split(/ {2,}/))
const held = {
  id: 4,
  kind: 'leap',
  rule_id: 'r1',
  source: 'feed',
  reason: 'ten times as much',
  state: 'held',
  polls: 2,
  first_seen: '2026-11-22T09:00:00Z',
}

test('held prices are listed with why they were not believed, asked for with the admin key', async () => {
  const body = { data: [held, { ...held, id: 5, rule_id: null, reason: 'half of it is gone' }] }
  const server = await serve({ 'GET /admin/v1/price-quarantine': { body } })
  const { out } = await run(['prices', 'held'], { env: server.env })
  expect(cells(out).slice(1, 3)).toEqual([
    ['4', 'r1', 'feed', 'ten times as much', '2', '3 h'],
    ['5', 'the whole refresh', 'feed', 'half of it is gone', '2', '3 h'],
  ])
  expect(server.received).toMatchObject([
    { url: '/admin/v1/price-quarantine?state=held&limit=1000', authorization: 'Bearer a' },
  ])
  expect(JSON.parse((await run(['prices', 'held', '--json'], { env: server.env })).out)).toEqual(body)
})

test('the operator’s word is sent once, for just the price it was said of', async () => {
  const server = await serve({
    'POST /admin/v1/price-quarantine/4/release': { body: { changed: ['r1'] } },
    'POST /admin/v1/price-quarantine/5/refuse': { body: { refused: true } },
    'POST /admin/v1/price-quarantine/6/release': problem(404, 'no such price is held', 'list them'),
  })
  const { env } = server
  expect((await run(['prices', 'release', '4'], { env })).out).toContain('r1')
  expect((await run(['prices', 'refuse', '5'], { env })).code).toBe(0)
  const gone = { code: 1, out: '', err: expect.stringContaining('no such price is held') }
  expect(await run(['prices', 'release', '6'], { env })).toMatchObject(gone)
  expect(await run(['prices', 'release', '../keys'], { env })).toMatchObject({ code: 2 })
  expect(await run(['prices', 'refuse'], { env })).toMatchObject({ code: 2 })
  expect(server.received.map(({ method, url }) => `${method} ${url.slice('/admin/v1'.length)}`)).toEqual([
    'POST /price-quarantine/4/release',
    'POST /price-quarantine/5/refuse',
    'POST /price-quarantine/6/release',
  ])
})

test('without an admin key nothing is asked, and it is said what is needed', async () => {
  const { env, received } = await serve({ 'GET /admin/v1/price-sources': problem(401, 'no', null) })
  for (const word of ['held', 'events', 'sources'])
    expect(
      await run(['prices', word], { env: { ...env, HALFTONE_ADMIN_KEY: undefined } }),
      word,
    ).toMatchObject({ code: 2, err: expect.stringContaining('HALFTONE_ADMIN_KEY') })
  expect(received).toEqual([])
  const wrong = await run(['prices', 'sources'], { env })
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('set HALFTONE_ADMIN_KEY') })
})

test('events are told in words by their kind; one of an unknown kind or shape by its plain fields', async () => {
  const asking = (amount: string) => ({
    status: 'known',
    components: [{ kind: 'per_image', amount, count: 'output' }],
  })
  const at = '2026-11-22T10:00:00Z'
  const data = [
    {
      kind: 'price.changed',
      detail: { rule_id: 'r1', source: 'feed', was: asking('0.02'), now: asking('0.03') },
    },
    { kind: 'price.disagreement', detail: { rule_id: 'r1', source: 'list', usd: '0.03', source_usd: '0.3' } },
    { kind: 'price.released', detail: { rule_id: null, source: 'feed', reason: 'odd', by: 'operator' } },
    { kind: 'price.drift', detail: { rule_id: 'r1', calls: 9, usd: '0.3', quoted_usd: '0.2' } },
    { kind: 'price.stale', detail: { since: at, rules: [] } },
    { kind: 'toString', detail: { odd: 1 } },
  ].map((event, id) => ({ id, at, ...event }))
  const server = await serve({ 'GET /admin/v1/price-events': { body: { data, next_cursor: '7' } } })
  const { out } = await run(['prices', 'events', '--kind', 'price.changed'], { env: server.env })
  const lines = cells(out).slice(1)
  expect(lines.slice(0, 6).map((line) => line[2])).toEqual([
    'r1: $0.02 an image → $0.03 an image (feed)',
    'r1: $0.03 here, $0.30 by list',
    'the whole refresh: odd (feed); by operator',
    'r1: 9 calls cost $0.30, by the rule $0.20',
    `since ${at}`,
    'odd 1',
  ])
  expect(out).toContain('there are older ones')
  expect(server.received[0]?.url).toBe('/admin/v1/price-events?kind=price.changed')
})

test('sources say whose prices they set, when they last answered and what is wrong', async () => {
  const feed = { id: 'feed', role: 'authority', providers: ['fal'], checked_at: null, same_since: null }
  const body = {
    data: [{ ...feed, answered_at: '2026-11-22T09:00:00Z', changed_at: null, misses: 3, last_error: '503' }],
  }
  const { env } = await serve({ 'GET /admin/v1/price-sources': { body } })
  const { out } = await run(['prices', 'sources'], { env })
  expect(cells(out)[1]).toEqual(['feed', 'authority', 'fal', '3 h', '-', '3', '503'])
})
