import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createTcpProxy } from './tcp-proxy.ts'

/** An echo behind a proxy, and a connection to it. */
async function echo(): Promise<{
  proxy: Awaited<ReturnType<typeof createTcpProxy>>
  open(): Promise<Socket>
}> {
  const server = createServer((socket) => socket.pipe(socket).on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const proxy = await createTcpProxy({
    host: '127.0.0.1',
    port: typeof address === 'object' && address ? address.port : 0,
  })
  onTestFinished(async () => {
    await proxy.close()
    server.close()
  })
  return {
    proxy,
    async open() {
      // the proxy cuts at its close what is open then
      const socket = connect(proxy.port, '127.0.0.1').on('error', () => {})
      await once(socket, 'connect')
      return socket
    },
  }
}

async function read(socket: Socket, bytes: number): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.length >= bytes) break
  }
  return text
}

test('what goes through it keeps its order, also in crumbs', async () => {
  const { proxy, open } = await echo()
  const socket = await open()
  const text = Array.from({ length: 400 }, (_, place) => String(place)).join(',')
  socket.write(text)
  expect(await read(socket, text.length)).toBe(text)
  const slicing = proxy.trouble('slice', 300)
  socket.write(text)
  expect(await read(socket, text.length)).toBe(text)
  expect(await slicing).toBe(1)
})

test('a reset cuts what is open, and the next connection works', async () => {
  const { proxy, open } = await echo()
  const socket = await open()
  socket.write('once')
  await read(socket, 4)
  const failed = once(socket, 'error')
  expect(await proxy.trouble('reset', 0)).toBe(1)
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' })
  const next = await open()
  next.write('again')
  expect(await read(next, 5)).toBe('again')
})

test('a half-open connection swallows what is sent, and is cut in the end', async () => {
  const { proxy, open } = await echo()
  const socket = await open()
  socket.write('once')
  await read(socket, 4)
  const failed = once(socket, 'error')
  const trouble = proxy.trouble('half_open', 50)
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk
  })
  socket.write('lost')
  await trouble
  await failed
  expect(heard).toBe('')
})
