import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { limits } from '@halftone/contracts'
import { createGuardedAgent } from '@halftone/egress'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPictureFetch } from './fetch-picture.ts'

const picture = Buffer.from('not looked at here')
let host: Server
let base: string
const seen: { url: string; headers: NodeJS.Dict<string | string[]> }[] = []

beforeAll(async () => {
  host = createServer((request, response) => {
    const url = request.url ?? ''
    seen.push({ url, headers: request.headers })
    const hop = /^\/hop\/(\d+)$/.exec(url)
    if (hop)
      response
        .writeHead(302, { location: Number(hop[1]) > 1 ? `/hop/${Number(hop[1]) - 1}` : '/picture' })
        .end()
    else if (url === '/inside') response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end()
    else if (url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    else if (url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(picture)
    else if (url === '/boast')
      response.writeHead(200, { 'content-length': limits.fileBytes + 1 }).flushHeaders()
    else if (url === '/endless') Readable.from(endless()).pipe(response)
    else if (url === '/slow') response.writeHead(200).write('a')
    else if (url === '/picture') response.writeHead(200, { 'content-type': 'text/html' }).end(picture)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(host, 'listening')
  base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
})
afterAll(() => {
  host.closeAllConnections()
  host.close()
})

function* endless(): Generator<Buffer> {
  const block = Buffer.alloc(1_000_000)
  for (;;) yield block
}

function fetchWith(allowCidrs: string[], timeoutMs = 5_000) {
  const agent = createGuardedAgent({ allowCidrs, connectMs: 1_000, answerMs: 1_000, connectionsPerOrigin: 4 })
  return createPictureFetch({ agent, timeoutMs })
}
const listed = () => fetchWith(['127.0.0.0/8'])

test('a picture is fetched as it is, through three redirects, without cookie or referrer', async () => {
  expect(await listed()(`${base}/hop/3`, '/image')).toEqual(picture)
  expect(seen.at(-1)?.headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'halftone' })
  expect(seen.at(-1)?.headers).not.toHaveProperty('authorization')
})

test.each([
  ['/hop/4', 'impossible', 'more than 3 redirects'],
  ['/none', 'impossible', 'answers 404'],
  ['/packed', 'impossible', 'packed'],
  ['/boast', 'too_large', 'at most'],
  ['/endless', 'too_large', 'at most'],
  ['/inside', 'invalid_request', '169.254.169.254 is not called'],
  ['/file', 'invalid_request', 'only https URLs are called'],
])('%s is refused as %s, by the field, with the cure', async (path, code, words) => {
  await expect(listed()(base + path, '/image/1')).rejects.toMatchObject({
    code,
    message: expect.stringContaining(words),
    detail: { field: '/image/1', limit: expect.anything(), next: expect.any(String) },
  })
})

test('one that trickles is given up when the time is over', async () => {
  await expect(fetchWith(['127.0.0.0/8'], 200)(`${base}/slow`, '/image')).rejects.toMatchObject({
    code: 'impossible',
    message: expect.stringContaining('within 0.2 s'),
  })
})

test.each([
  'http://127.0.0.1:1/x.png',
  'https://127.0.0.1/x.png',
  'https://127.1/x.png',
  'https://2130706433/x.png',
  'https://0x7f.1/x.png',
  'https://[::ffff:127.0.0.1]/x.png',
  'https://[::1]/x.png',
  'https://169.254.169.254/x.png',
  'https://10.0.0.1/x.png',
  'https://localhost/x.png',
  'https://8.8.8.8:22/x.png',
  'http://8.8.8.8/x.png',
  'https://user:word@example.com/x.png',
  'https://ok.test\\@127.0.0.1/x.png',
  'ftp://example.com/x.png',
  'file:///etc/passwd',
  'gopher://127.0.0.1/x.png',
  'javascript:alert(1)',
  `https://example.com/${'x'.repeat(5_000)}`,
])('nothing is sent to %s', async (url) => {
  const before = seen.length
  await expect(fetchWith([])(url, '/image')).rejects.toMatchObject({
    code: 'invalid_request',
    detail: { field: '/image' },
  })
  expect(seen.length).toBe(before)
})
