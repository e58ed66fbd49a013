import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createGuardedAgent } from './guarded-agent.ts'
import { type Answer, sendMessage } from './send-message.ts'

const sockets: unknown[] = []
const onSocket = (message: unknown) => {
  sockets.push(message)
}
beforeEach(() => {
  sockets.length = 0
  subscribe('net.client.socket', onSocket)
})
afterEach(() => {
  unsubscribe('net.client.socket', onSocket)
})

async function send(url: string, options: { allowCidrs?: string[]; names?: Record<string, string[]> } = {}) {
  const dispatcher = createGuardedAgent({
    allowCidrs: options.allowCidrs ?? [],
    connectMs: 1_000,
    answerMs: 2_000,
    connectionsPerOrigin: 2,
    resolve: async (name) =>
      (options.names?.[name] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  })
  const message = { id: 'whk_1', url, body: '{}', timestampSeconds: 1, signature: 'v1,x' }
  try {
    return await sendMessage(message, { dispatcher, totalMs: 2_000, now: Date.now })
  } finally {
    await dispatcher.destroy()
  }
}

async function listen() {
  let connections = 0
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, connections: () => connections, close: () => server.close() }
}

const blocked = {
  kind: 'failed',
  status: null,
  error: expect.stringMatching(/is not called|credentials|only https|not valid/),
}

test.each([
  // the same machine, spelled in every way that a URL knows
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://127.1/',
  'https://127.0.0.1./',
  'https://１２７.0.0.1/',
  'https://0.0.0.0/',
  'https://[::]/',
  'https://[::1]/',
  'https://[::127.0.0.1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:0:127.0.0.1]/',
  'https://[64:ff9b::127.0.0.1]/',
  'https://[64:ff9b:1::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001:0:7f00:1::]/',
  // metadata and private networks
  'https://169.254.169.254/latest/meta-data',
  'https://[::ffff:169.254.169.254]/',
  'https://168.63.129.16/',
  'https://10.0.0.1/',
  'https://100.64.0.1/',
  'https://172.31.255.255/',
  'https://192.0.0.192/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[fc00::1]/',
  'https://[fe80::1]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'https://[4000::1]/',
  // public, but not by this door
  'http://93.184.216.34/',
  'https://93.184.216.34:6379/',
  'https://user:secret@93.184.216.34/',
  'ftp://93.184.216.34/',
  'file:///etc/passwd',
  'https://',
])('%s is refused for good before a socket is made', async (url) => {
  const answer = await send(url)
  expect(answer).toMatchObject({ ...blocked, final: true })
  expect(sockets).toEqual([])
})

test.each<[string, string[]]>([
  ['a name of this machine', ['127.0.0.1']],
  ['a name of a private network', ['10.1.2.3']],
  ['one bad address among good ones', ['93.184.216.34', '127.0.0.1']],
  ['a mapped address', ['::ffff:127.0.0.1']],
  ['no address', []],
])('%s is never connected to, and another try may find it moved', async (_what, addresses) => {
  const server = await listen()
  const answer = await send('https://hooks.example.com:8443/', { names: { 'hooks.example.com': addresses } })
  expect(answer).toMatchObject({ ...blocked, final: false })
  const plain = await send(`http://hooks.example.com:${server.port}/`, {
    names: { 'hooks.example.com': addresses },
  })
  expect(plain).toMatchObject(blocked)
  expect(server.connections()).toBe(0)
  server.close()
})

test.each(['localhost', 'printer', 'db.internal', 'nas.local', 'a.localhost.'])(
  'the name %s is not public, whatever it resolves to',
  async (name) => {
    const names = { [name]: ['93.184.216.34'] }
    expect(await send(`https://${name}/`, { names })).toMatchObject({ ...blocked, final: false })
  },
)

test('what the operator lists is reached by http, by address and by name, mapped or not', async () => {
  const server = await listen()
  const allowCidrs = ['127.0.0.0/8']
  const delivered: Partial<Answer> = { kind: 'delivered', status: 200 }
  const names = { receiver: ['127.0.0.1'], mixed: ['127.0.0.1', '10.0.0.1'] }
  expect(await send(`http://127.0.0.1:${server.port}/`, { allowCidrs })).toMatchObject(delivered)
  expect(await send(`http://[::ffff:127.0.0.1]:${server.port}/`, { allowCidrs })).toMatchObject(delivered)
  expect(await send(`http://receiver:${server.port}/`, { allowCidrs, names })).toMatchObject(delivered)
  expect(server.connections()).toBe(3)
  // the watch that the tests above rely on does see sockets
  expect(sockets.length).toBeGreaterThan(0)
  expect(await send(`http://mixed:${server.port}/`, { allowCidrs, names })).toMatchObject(blocked)
  expect(server.connections()).toBe(3)
  server.close()
})
