import { expect, test } from 'vitest'
import { createHttp } from '../http.ts'
import { type FakeAnswer, type Responder, startFakeServer } from '../testing/fake-server.ts'
import { failureOf } from '../testing/provider-suite.ts'
import { createReplicate } from './replicate.ts'

const ours = 'https://halftone.example/in/replicate?attempt=att_1'
const foreign = 'https://other.example/hook'

/** Looks for `att_1`, sent at noon, in what this host lists. */
async function find(respond: (baseUrl: string) => Responder) {
  const server = await startFakeServer()
  const http = createHttp()
  const baseUrl = `${server.origin}/v1`
  server.answerWith(respond(baseUrl))
  const replicate = createReplicate({ key: 'r8_key', baseUrl }, http.send)
  const { signal } = new AbortController()
  try {
    return await replicate.find!('att_1', new Date('2026-11-22T12:00:00Z'), signal)
  } finally {
    await http.close()
    await server.close()
  }
}

function listed(id: string, webhook: string | null, created_at = '2026-11-22T12:00:05Z') {
  return { id, webhook, created_at, status: 'processing' }
}

const old = listed('old', null, '2026-11-22T11:00:00Z')

function page(results: unknown[], next: string | null = null): FakeAnswer {
  return { status: 200, body: { next, previous: null, results } }
}

test('a lost call is found by the attempt id in its webhook, on a later page too', async () => {
  const found = await find((baseUrl) => ({ path }) => {
    if (path.endsWith('cursor=2')) return page([listed('p1', ours)])
    return page([listed('p2', ours.replace('att_1', 'att_2'))], `${baseUrl}/predictions?cursor=2`)
  })
  expect(found).toBe('p1')
})

test('a call was never created when no prediction since then can be it; older pages are not read', async () => {
  const found = await find((baseUrl) => ({ path }) => {
    if (path.endsWith('cursor=2')) return { status: 500 }
    return page([listed('p2', foreign), old], `${baseUrl}/predictions?cursor=2`)
  })
  expect(found).toBeNull()
})

test.each<[string, FakeAnswer]>([
  ['a prediction without a webhook could be it', page([listed('p2', null), old])],
  [
    'the list leads to another host, which would get our key',
    page([listed('p2', foreign)], 'https://other.example/p'),
  ],
  ['the list cannot be read', { status: 200, body: 'nonsense' }],
  ['the list cannot be had', { status: 503 }],
])('a call stays unknown while %s', async (_, answer) => {
  expect(await failureOf(find(() => () => answer))).toMatchObject({ billed: 'unknown' })
})

test('a call stays unknown when the list does not end', async () => {
  const endless: Responder = () => page([listed('p2', foreign)], '/v1/predictions?more')
  expect(await failureOf(find(() => endless))).toMatchObject({ code: 'outcome_unknown', billed: 'unknown' })
})
