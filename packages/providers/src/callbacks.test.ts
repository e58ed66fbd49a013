import { newId } from '@halftone/contracts'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { readCallbackRef, readCallbackUrl, signCallbackUrl, verifyCallback } from './callbacks.ts'

const secret = 'a secret of the stack'
const signingSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const attemptId = newId('attempt')
const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams)

test('only a URL that we made, for this provider and attempt, and not long ago, is one of ours', () => {
  const own = queryOf(signCallbackUrl('http://a.test/callbacks?x=1', secret, 'replicate', attemptId))
  const now = Date.now()
  expect(readCallbackUrl(own, secret, now)).toMatchObject({ provider: 'replicate', attemptId })
  for (const forged of [
    {},
    { ...own, mac: '' },
    { ...own, mac: 'A'.repeat(43) },
    { ...own, attempt: newId('attempt') },
    { ...own, attempt: ['a', 'b'] },
    { ...own, provider: 'fal' },
  ])
    expect(readCallbackUrl(forged, secret, now), JSON.stringify(forged)).toBeNull()
  expect(readCallbackUrl(own, 'another secret', now)).toBeNull()
  expect(readCallbackUrl(own, secret, now + 25 * 3_600_000), 'stale').toBeNull()
})

test('a signature as the reference library makes it holds over the raw bytes, within five minutes', () => {
  const body = '{"id":"p1",  "status":"succeeded"}'
  const at = new Date()
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': `v1,AAAA v2,x ${new Webhook(signingSecret).sign('msg_1', at, body)}`,
  }
  const verify = (change: Record<string, string | string[]> = {}, text = body, laterMs = 0) =>
    verifyCallback(
      'replicate',
      { headers: { ...headers, ...change }, body: Buffer.from(text) },
      signingSecret,
      at.getTime() + laterMs,
    )
  expect(verify()).toBe('msg_1')
  expect(verify({}, JSON.stringify(JSON.parse(body)))).toBeNull()
  expect(verify({ 'webhook-id': 'msg_2' })).toBeNull()
  expect(verify({ 'webhook-signature': 'v1,' })).toBeNull()
  expect(verify({ 'webhook-timestamp': 'soon' })).toBeNull()
  expect(verify({}, body, 302_000)).toBeNull()
  expect(verify({}, body, -302_000)).toBeNull()
})

test('the provider’s id is read from the body, or nothing is', () => {
  const read = (body: unknown) => readCallbackRef(Buffer.from(JSON.stringify(body)))
  expect(read({ id: 'p1', status: 'succeeded' })).toBe('p1')
  expect(read({ request_id: 'r1', gateway_request_id: 'g1', status: 'OK' })).toBe('r1')
  for (const none of [{}, { id: 7 }, { id: '' }, { id: 'a b' }, { id: 'x'.repeat(201) }, [], null])
    expect(read(none)).toBeNull()
  expect(readCallbackRef(Buffer.from('{"id":'))).toBeNull()
})
