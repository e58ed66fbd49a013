import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { serve } from '../testing/serve.ts'
import { fetchFeed, parseFeed } from './fetch-feed.ts'
import { createJsonFeed } from './json-feed.ts'
import { mappedFeed } from './mapped-rules.ts'
import { azureRetail } from './mappings/azure-retail.ts'

const limits = { timeoutMs: 2_000, bytesMax: 100_000 }

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
])('an answer packed as %s is unpacked', async (encoding, pack) => {
  const url = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': encoding, etag: '"1"' }).end(pack('{"a":1}')),
  )
  expect(await fetchFeed(url, limits)).toEqual({ kind: 'body', text: '{"a":1}', etag: '"1"' })
})

test('a small answer that unpacks to a huge one is stopped at the limit, and so is a huge one', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  expect(bomb.length).toBeLessThan(limits.bytesMax)
  const packed = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  )
  await expect(fetchFeed(packed, limits)).rejects.toThrow('larger than 100000 bytes')
  const endless = await serve((_, response) => {
    const more = () => !response.destroyed && response.write(Buffer.alloc(60_000), more)
    more()
  })
  await expect(fetchFeed(endless, limits)).rejects.toThrow('larger than 100000 bytes')
})

test('a source that hangs is left after the time allowed', async () => {
  const url = await serve(() => {})
  await expect(fetchFeed(url, { ...limits, timeoutMs: 50 })).rejects.toThrow(/timeout/i)
})

test.each([
  ['<!doctype html><title>Sign in</title>', 'a web page'],
  ['', 'nothing'],
  ['{"a":', 'something that is not JSON'],
])('%s is told as what it is', (text, what) => {
  expect(() => parseFeed(text)).toThrow(`the source answered ${what}`)
})

const item = (model: string) => ({
  ...{ meterName: `${model} image output global Tokens`, type: 'Consumption', currencyCode: 'USD' },
  ...{ retailPrice: 0.03, unitOfMeasure: '1K', effectiveStartDate: '2026-05-01T00:00:00Z' },
})
const settings = (url: string) => ({
  ...{ id: 'azure-retail', role: 'authority' as const, providers: ['azure'], intervalMs: 1_000, url },
  ...{ feed: mappedFeed(azureRetail), now: () => 0 },
})

test('all pages of a feed are read, on its own host alone', async () => {
  const url = await serve((request, response) => {
    const second = request.url?.includes('page=2')
    const next = second ? null : `http://${request.headers.host}/?page=2`
    response.end(JSON.stringify({ Items: [item(second ? 'b' : 'a')], NextPageLink: next }))
  })
  const answer = await createJsonFeed(settings(url)).poll(null)
  expect(answer.kind === 'rules' && answer.rules.map(({ model }) => model)).toEqual(['a', 'b'])
  const lure = await serve((_, response) =>
    response.end(JSON.stringify({ Items: [item('a')], NextPageLink: 'http://127.0.0.2/prices' })),
  )
  await expect(createJsonFeed(settings(lure)).poll(null)).rejects.toThrow('another host')
})

test('a key goes along where the source has one', async () => {
  let seen: string | undefined
  const url = await serve((request, response) => {
    seen = request.headers.authorization
    response.end(JSON.stringify({ Items: [item('a')] }))
  })
  await createJsonFeed({ ...settings(url), headers: { authorization: 'Bearer k' } }).poll(null)
  expect(seen).toBe('Bearer k')
})
