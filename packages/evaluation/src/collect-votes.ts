import { randomBytes } from 'node:crypto'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Random } from '@halftone/contracts'
import { z } from 'zod'
import { idOf, type Pair } from './judge-pairs.ts'
import type { Comparison } from './statistics.ts'
import { votePage } from './vote-page.ts'

export interface Vote {
  pair: Pair
  comparison: Comparison
}

const sentSchema = z.object({
  pair: z.string().nullable(),
  vote: z.enum(['left', 'right', 'tie', 'undo', 'done']),
})
const keptSchema = z.object({ pair: z.string(), share: z.number() })

const shares = { left: 1, right: 0, tie: 0.5 } as const
const bodyBytesMax = 10_000

/**
 * Shows pairs to a person in a browser, blind and in random order and sides, until all were judged or it was enough.
 * Each vote is appended to `votes.jsonl` at once; those of an earlier visit count and are not asked again. Only this
 * machine, and only with the secret in the address.
 */
export async function collectVotes(options: {
  dir: string
  pairs: readonly Pair[]
  random: Random
  onReady(url: string): void
}): Promise<Vote[]> {
  const { dir, pairs, random } = options
  const file = join(dir, 'votes.jsonl')
  const byId = new Map(pairs.map((pair) => [idOf(pair), pair]))
  const votes = new Map(
    (await readVotes(file)).filter(({ pair }) => byId.has(pair)).map((one) => [one.pair, one.share]),
  )
  const order = inRandomOrder([...byId.keys()], random)
  const isSwapped = new Map(order.map((id) => [id, random() < 0.5]))
  const given: string[] = []
  const open = () => order.filter((id) => !votes.has(id))
  if (open().length === 0) return votesOf(byId, votes)

  let isOver = false
  const secret = randomBytes(12).toString('base64url')
  const base = `/${secret}`
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, key, verb, place, side] = (request.url ?? '').split('/')
    if (key !== secret) return void response.writeHead(404).end()
    if (request.method === 'POST' && verb === 'vote') {
      await take(sentSchema.parse(JSON.parse(await bodyOf(request))))
      // the page has its answer before the server goes
      if (isOver || open().length === 0) response.on('finish', end)
      return json(response, next())
    }
    if (verb === 'next') return json(response, next())
    if (verb === 'picture') {
      const id = order[Number(place)] ?? ''
      const pair = byId.get(id)
      if (!pair) return void response.writeHead(404).end()
      const isA = (side === 'left') !== isSwapped.get(id)
      const { bytes, format } = isA ? pair.a : pair.b
      return void response
        .writeHead(200, { 'content-type': `image/${format}`, 'cache-control': 'no-store' })
        .end(bytes)
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(votePage(base))
  }

  function next() {
    const [id] = isOver ? [] : open()
    const pair = id === undefined ? undefined : byId.get(id)
    const place = id === undefined ? null : String(order.indexOf(id))
    return { pair: place, prompt: pair?.a.task.prompt.prompt ?? '', left: open().length }
  }

  async function take({ pair, vote }: z.infer<typeof sentSchema>): Promise<void> {
    if (vote === 'done') {
      isOver = true
      return
    }
    if (vote === 'undo') {
      const last = given.pop()
      if (last !== undefined && votes.delete(last)) await writeVotes(file, votes)
      return
    }
    const id = order[Number(pair)]
    if (id === undefined || votes.has(id)) return
    const share = isSwapped.get(id) ? 1 - shares[vote] : shares[vote]
    votes.set(id, share)
    given.push(id)
    await appendFile(file, `${JSON.stringify({ pair: id, share })}\n`)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  options.onReady(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}${base}`)
  await ended
  // the page still asks for what comes next
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 1_000).unref()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return votesOf(byId, votes)
}

function inRandomOrder(ids: readonly string[], random: Random): string[] {
  return ids
    .map((id) => ({ id, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ id }) => id)
}

function votesOf(byId: ReadonlyMap<string, Pair>, votes: ReadonlyMap<string, number>): Vote[] {
  return [...votes].flatMap(([id, share]) => {
    const pair = byId.get(id)
    if (!pair) return []
    return { pair, comparison: { a: pair.a.task.contender.key, b: pair.b.task.contender.key, share } }
  })
}

async function readVotes(file: string): Promise<{ pair: string; share: number }[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => keptSchema.parse(JSON.parse(line)))
}

function writeVotes(file: string, votes: ReadonlyMap<string, number>): Promise<void> {
  return writeFile(file, [...votes].map(([pair, share]) => `${JSON.stringify({ pair, share })}\n`).join(''))
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > bodyBytesMax) throw new Error('too much')
  }
  return text
}
