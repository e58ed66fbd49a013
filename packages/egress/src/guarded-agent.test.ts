import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BlockedTargetError, createGuardedAgent, parseTarget } from './guarded-agent.ts'

/** Every address that any socket of this process dials, by TLS or not. */
const dialled: string[] = []
const connect = Socket.prototype.connect
beforeEach(() => {
  dialled.length = 0
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...given: unknown[]) {
    this.on('connectionAttempt', (address: string) => dialled.push(address))
    return Reflect.apply(connect, this, given)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

interface Way {
  allowCidrs?: string[]
  denyCidrs?: string[]
  resolve?: (name: string) => Promise<LookupAddress[]>
  connectMs?: number
}

/** The status, or what went wrong. */
async function get(url: string, way: Way = {}): Promise<number | unknown> {
  const dispatcher = createGuardedAgent({
    allowCidrs: [],
    connectMs: 1_000,
    answerMs: 2_000,
    connectionsPerOrigin: 2,
    resolve: async () => [],
    ...way,
  })
  try {
    const { statusCode, body } = await request(parseTarget(url), { dispatcher })
    await body.dump()
    return statusCode
  } catch (error) {
    return error
  } finally {
    await dispatcher.destroy()
  }
}

async function listen(host = '127.0.0.1') {
  let connections = 0
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  return { port, connections: () => connections, close: () => server.close() }
}

const at = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const loopback = ['127.0.0.0/8']

test.each([
  // the same machine, spelled in every way that a URL knows
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://127.1/',
  'https://127.0.0.1./',
  'https://127%2e0.0.1/',
  'https://１２７.0.0.1/',
  'https://①②⑦.0.0.1/',
  'https://127。0。0。1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://[::]/',
  'https://[::1]/',
  'https://[::127.0.0.1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:0:127.0.0.1]/',
  'https://[::ffff:0:7f00:1]/',
  'https://[64:ff9b::127.0.0.1]/',
  'https://[64:ff9b:1::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001:0:7f00:1::]/',
  // metadata and private networks
  'https://169.254.169.254/latest/meta-data',
  'https://[::ffff:169.254.169.254]/',
  'https://[fd00:ec2::254]/',
  'https://100.100.100.200/',
  'https://168.63.129.16/',
  'https://192.0.0.192/',
  'https://10.0.0.1/',
  'https://100.64.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://192.0.2.1/',
  'https://192.88.99.1/',
  'https://198.18.0.1/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[fc00::1]/',
  'https://[fe80::1]/',
  'https://[fe80::1%25eth0]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'https://[100::1]/',
  'https://[2001:db8::1]/',
  'https://[3fff::1]/',
  'https://[5f00::1]/',
  'https://[4000::1]/',
  // public, but not by this door
  'http://93.184.216.34/',
  ...[22, 25, 80, 5432, 6379, 9200].map((port) => `https://93.184.216.34:${port}/`),
  'https://user:secret@93.184.216.34/',
  'https://ok.test@127.0.0.1/',
  'https://ok.test\\@127.0.0.1/',
  'https://127.0\t.0.1/',
  'https://93.184.216.34/\n',
  'ftp://93.184.216.34/',
  'gopher://93.184.216.34/',
  'file:///etc/passwd',
  'data:text/plain,x',
  'javascript:alert(1)',
  'unix:/var/run/docker.sock',
  `https://93.184.216.34/${'x'.repeat(5_000)}`,
  'https://',
])('%.80s is refused for good before anything is dialled', async (url) => {
  const error = await get(url)
  expect(error).toBeInstanceOf(BlockedTargetError)
  expect(error).toMatchObject({ permanent: true })
  expect(dialled).toEqual([])
})

describe('names', () => {
  test.each<[string, string[]]>([
    ['this machine', ['127.0.0.1']],
    ['a private network', ['10.1.2.3']],
    ['one bad address among good ones', ['93.184.216.34', '127.0.0.1']],
    ['a good address of one family and a bad one of the other', ['93.184.216.34', 'fd00::1']],
    ['a thousand addresses, the last of them bad', [...Array(999).fill('93.184.216.34'), '10.0.0.1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['what is no address', ['localhost']],
    ['no address', []],
  ])('a name that stands for %s is never connected to, and may have moved at another time', async (_, to) => {
    const resolve = async () => at(...to)
    const error = await get('https://hooks.example.com:8443/', { resolve })
    expect(error).toMatchObject({ name: 'BlockedTargetError', permanent: false })
    expect(await get('http://hooks.example.com:8080/', { resolve })).toBeInstanceOf(BlockedTargetError)
    expect(dialled).toEqual([])
  })

  test.each([
    'localhost',
    'localhost.',
    'x.localhost',
    'printer',
    'db.internal',
    'nas.local',
    'a.localhost.',
  ])('%s is not public, whatever it resolves to', async (name) => {
    const resolve = async () => at('93.184.216.34')
    expect(await get(`https://${name}/`, { resolve })).toMatchObject({ permanent: false })
    expect(dialled).toEqual([])
  })

  test('the address that was checked is the one that is dialled: a name that flips gains nothing', async () => {
    const server = await listen()
    const answers = [at('127.0.0.1'), at('10.0.0.1'), at('127.0.0.1')]
    let asked = 0
    const resolve = async () => answers[asked++] ?? []
    const url = `http://flip.example.com:${server.port}/`
    const seen = []
    for (let i = 0; i < 3; i++) seen.push(await get(url, { allowCidrs: loopback, resolve }))
    expect(seen).toEqual([200, expect.any(BlockedTargetError), 200])
    expect(asked, 'one question a connection').toBe(3)
    expect(server.connections()).toBe(2)
    server.close()
  })

  test('a name that is not found now may be found later; one that never answers is given up', async () => {
    const server = await listen()
    const answers = [Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })), at('127.0.0.1')]
    const resolve = async () => (await answers.shift()) ?? []
    const url = `http://late.example.com:${server.port}/`
    expect(await get(url, { allowCidrs: loopback, resolve })).toMatchObject({ code: 'ENOTFOUND' })
    expect(await get(url, { allowCidrs: loopback, resolve })).toBe(200)
    const silent = { allowCidrs: loopback, resolve: () => new Promise<never>(() => {}), connectMs: 200 }
    expect(await get(url, silent)).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' })
    server.close()
  })
})

test('what the operator lists is reached by http, by address and by name, mapped or not', async () => {
  const server = await listen()
  const reach = (host: string, ...to: string[]) =>
    get(`http://${host}:${server.port}/`, { allowCidrs: loopback, resolve: async () => at(...to) })
  expect(await reach('127.0.0.1')).toBe(200)
  expect(await reach('[::ffff:127.0.0.1]')).toBe(200)
  expect(await reach('receiver', '127.0.0.1')).toBe(200)
  expect(server.connections()).toBe(3)
  // the watch that the tests above rely on does see who is dialled
  expect(dialled).toHaveLength(3)
  const plainPort = `https://127.0.0.1:${server.port}/`
  expect(await get(plainPort, { allowCidrs: loopback })).toBeInstanceOf(Error)
  expect(dialled, 'by TLS too').toHaveLength(4)
  expect(await reach('mixed', '127.0.0.1', '10.0.0.1')).toBeInstanceOf(BlockedTargetError)
  expect(server.connections()).toBe(4)
  server.close()
})

test('what is ours is not reached, though it is listed or public', async () => {
  const server = await listen()
  const own = { allowCidrs: loopback, denyCidrs: ['127.0.0.1/32', '93.184.216.0/24'] }
  expect(await get(`http://127.0.0.1:${server.port}/`, own)).toBeInstanceOf(BlockedTargetError)
  expect(await get('https://93.184.216.34/', own)).toBeInstanceOf(BlockedTargetError)
  expect(server.connections()).toBe(0)
  server.close()
})
