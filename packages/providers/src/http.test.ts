import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHttp, type Http, type HttpRequest } from './http.ts'
import { type FakeServer, startFakeServer } from './testing/fake-server.ts'
import { failureOf } from './testing/provider-suite.ts'

let server: FakeServer
let http: Http
beforeEach(async () => {
  server = await startFakeServer()
  http = createHttp()
})
afterEach(async () => {
  await http.close()
  await server.close()
})

function paidPost(change: Partial<HttpRequest> = {}): HttpRequest {
  return {
    provider: 'Sample',
    method: 'POST',
    url: `${server.origin}/pay`,
    headers: {},
    body: 'please',
    paid: true,
    signal: new AbortController().signal,
    timeoutMs: 30_000,
    bytesMax: 1_000,
    ...change,
  }
}

test('a deadline that passes after sending leaves the outcome unknown', async () => {
  const error = await failureOf(http.send(paidPost({ timeoutMs: 500 })))
  expect(error).toMatchObject({ code: 'outcome_unknown', billed: 'unknown' })
})

test('a deadline that passes while connecting: nothing was sent', async () => {
  // TLS is spoken to a server that never answers the greeting.
  const mute = createServer()
  await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening))
  const address = mute.address()
  const port = typeof address === 'object' ? address?.port : null
  const error = await failureOf(http.send(paidPost({ url: `https://127.0.0.1:${port}/`, timeoutMs: 50 })))
  expect(error).toMatchObject({ code: 'provider_down', billed: 'no' })
  mute.close()
})

test('a call that is stopped while it connects is not sent when the connection comes', async () => {
  server.answerWith(() => ({ status: 200 }))
  const stop = new AbortController()
  const failed = failureOf(http.send(paidPost({ signal: stop.signal, body: 'stopped' })))
  stop.abort()
  expect(await failed).toMatchObject({ code: 'provider_down', billed: 'no' })
  // Whoever comes later finds its own connection made later.
  await http.send(paidPost({ body: 'later' }))
  expect(server.seen.map(({ body }) => body.toString())).toEqual(['later'])
})

test('TLS that fails before the first byte: nothing was sent', async () => {
  const error = await failureOf(http.send(paidPost({ url: server.origin.replace('http:', 'https:') })))
  expect(error).toMatchObject({ code: 'provider_down', billed: 'no' })
})

test('a host that no resolver knows: nothing was sent', async () => {
  const error = await failureOf(http.send(paidPost({ url: 'http://nobody.invalid/' })))
  expect(error).toMatchObject({ code: 'provider_down', billed: 'no' })
})

test('an answer that is too long is cut off, and may have been paid', async () => {
  server.answerWith(() => ({ status: 200, body: Buffer.alloc(5_000) }))
  expect(await failureOf(http.send(paidPost()))).toMatchObject({ code: 'outcome_unknown', billed: 'unknown' })
})

test('a free request that is cut has merely failed', async () => {
  server.answerWith(() => 'reset')
  expect(await failureOf(http.send(paidPost({ paid: false })))).toMatchObject({
    code: 'provider_down',
    billed: 'no',
  })
})

test('a reset on a connection used before is not sent again', async () => {
  server.answerWith(() => ({ status: 200, body: 'first' }))
  await http.send(paidPost())
  server.answerWith(() => 'reset')
  expect(await failureOf(http.send(paidPost()))).toMatchObject({ code: 'outcome_unknown' })
  expect(server.seen).toHaveLength(2)
})

test('a redirect is an answer like any other', async () => {
  server.answerWith(() => ({ status: 307, headers: { location: `${server.origin}/elsewhere` } }))
  expect((await http.send(paidPost())).status).toBe(307)
  expect(server.seen).toHaveLength(1)
})

test('an ended call leaves nothing behind on its signal', async () => {
  server.answerWith(() => ({ status: 200 }))
  const { signal } = new AbortController()
  await http.send(paidPost({ signal }))
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})
