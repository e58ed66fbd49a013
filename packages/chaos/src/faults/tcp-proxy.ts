import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { cutKinds } from './fault.ts'

type Mood = 'through' | Exclude<(typeof cutKinds)[number], 'reset'>

export interface TcpProxy {
  port: number
  /**
   * Does it for so long: `reset` cuts every connection at once; `latency` holds each piece back; `slice` hands bytes
   * on in crumbs; `half_open` swallows what is sent, and then cuts. Answers how many connections it met.
   */
  trouble(how: (typeof cutKinds)[number], ms: number): Promise<number>
  close(): Promise<void>
}

const latencyMs = 250
const crumbs = 24

/** Stands before a server and hands everything on, until it is told to misbehave. */
export async function createTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>()
  let mood: Mood = 'through'
  let met = new Set<[Socket, Socket]>()
  const cut = (pair: [Socket, Socket]) => {
    pairs.delete(pair)
    for (const socket of pair) socket.resetAndDestroy()
  }

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true })
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    if (mood !== 'through') met.add(pair)
    for (const [from, to] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      handOn(from, to, () => mood)
      from.on('error', () => cut(pair))
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async trouble(how, ms) {
      met = new Set(pairs)
      if (how !== 'reset') {
        mood = how
        await wait(ms)
        mood = 'through'
      }
      if (how === 'reset' || how === 'half_open') for (const pair of met) cut(pair)
      return met.size
    },
    async close() {
      for (const pair of pairs) cut(pair)
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Bytes keep their order, whatever the mood changes to meanwhile. */
async function handOn(from: Socket, to: Socket, mood: () => Mood): Promise<void> {
  try {
    for await (const chunk of from) {
      const bytes: Buffer = chunk
      if (mood() === 'half_open') continue
      if (mood() === 'latency') await wait(latencyMs)
      const piece = mood() === 'slice' ? Math.max(1, Math.ceil(bytes.length / crumbs)) : bytes.length
      for (let at = 0; at < bytes.length; at += piece) {
        if (!to.write(bytes.subarray(at, at + piece)))
          await new Promise((resolve) => to.once('drain', resolve).once('close', resolve))
        if (piece < bytes.length) await wait(5)
      }
    }
    to.end()
  } catch {
    to.destroy()
  }
}
