import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createJudge } from './judge.ts'
import { judgePairs, pairsOf } from './judge-pairs.ts'
import { picturesOf } from './testing/sample-pictures.ts'

interface Seen {
  url: string
  headers: NodeJS.Dict<string | string[]>
  body: string
}

const seen: Seen[] = []
let say: (body: string) => { status?: number; text: string }
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  seen.push({ url: request.url ?? '', headers: request.headers, body })
  const { status = 200, text } = say(body)
  const answer = request.url?.endsWith('/messages')
    ? { content: [{ type: 'text', text }] }
    : { choices: [{ message: { content: text } }] }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
})
let base: string
let dir: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/v1`
})
beforeEach(async () => {
  seen.length = 0
  dir = await mkdtemp(join(tmpdir(), 'halftone-judge-'))
  return () => rm(dir, { recursive: true, force: true })
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const data = (name: string) => Buffer.from(name).toString('base64')
const judgeOf = (kind: 'openai' | 'anthropic' = 'openai') =>
  createJudge({ kind, baseUrl: base, model: 'seer', key: 'secret' })
const run = (pairs: ReturnType<typeof pairsOf>, callsMax = 100) => {
  const calls: number[] = []
  const faults: unknown[] = []
  const file = join(dir, 'judged.jsonl')
  const onCall = async () => void calls.push(1)
  const judging = judgePairs({
    judge: judgeOf(),
    pairs,
    file,
    callsMax,
    onCall,
    onFault: (e) => faults.push(e),
  })
  return judging.then((judged) => ({ judged, calls: calls.length, faults }))
}
const pairs = (prompt: string) => pairsOf(picturesOf(prompt, ['x/good', 'y/bad', 'z/ugly']))

test('both wires carry the rubric, the prompt and both pictures in order', async () => {
  say = () => ({ text: 'Well. {"winner": "second", "first_count": 2, "second_count": 3}' })
  const [one, other] = picturesOf('product_photo-1', ['x/good', 'y/bad'])
  for (const kind of ['openai', 'anthropic'] as const)
    expect(await judgeOf(kind).compare(one!.task.prompt, one!, other!)).toEqual({
      winner: 'second',
      counts: { first: 2, second: 3 },
    })
  expect(seen.map(({ url }) => url)).toEqual(['/v1/chat/completions', '/v1/messages'])
  expect(seen[0]?.headers.authorization).toBe('Bearer secret')
  expect(seen[1]?.headers['x-api-key']).toBe('secret')
  for (const { body } of seen) {
    expect(body).toContain('exactly three glass bottles')
    expect(body).toContain('You compare two pictures')
    expect(body.indexOf(data('x/good'))).toBeLessThan(body.indexOf(data('y/bad')))
    expect(body, 'it is blind').not.toContain('x/good')
  }
})

test('a judge that always likes the first has said nothing; one that knows is believed', async () => {
  say = () => ({ text: '{"winner": "first"}' })
  expect((await run(pairs('portrait-1'))).judged.map(({ comparison }) => comparison.share)).toEqual([
    0.5, 0.5, 0.5,
  ])
  await rm(join(dir, 'judged.jsonl'))
  say = (body) => {
    const [good, other] = [body.indexOf(data('x/good')), body.indexOf(data('y/bad'))]
    if (good < 0) return { text: '{"winner": "tie"}' }
    const [, first = ''] = /base64,([^"]+)/.exec(body) ?? []
    return { text: `{"winner": "${first === data('x/good') ? 'first' : 'second'}", "x": ${other}}` }
  }
  expect((await run(pairs('portrait-1'))).judged.map(({ comparison }) => comparison.share)).toEqual([
    1, 1, 0.5,
  ])
})

test('who has the number right wins, whatever is liked better', async () => {
  say = (body) => {
    const [, first = ''] = /base64,([^"]+)/.exec(body) ?? []
    const counts = first === data('x/good') ? [3, 4] : [4, 3]
    return {
      text: JSON.stringify({
        winner: first === data('x/good') ? 'second' : 'first',
        first_count: counts[0],
        second_count: counts[1],
      }),
    }
  }
  const [pair] = pairs('product_photo-1')
  expect((await run([pair!])).judged[0]).toMatchObject({ comparison: { share: 1 }, counts: { a: 3, b: 4 } })
})

test('calls stay within their number, and what was judged is not paid for again', async () => {
  say = () => ({ text: '{"winner": "tie"}' })
  expect(await run(pairs('portrait-2'), 5)).toMatchObject({ calls: 4, judged: [{}, {}] })
  expect(await run(pairs('portrait-2'), 5)).toMatchObject({ calls: 2, judged: [{}, {}, {}] })
})

test('a judge that fails three times in a row is not asked any more', async () => {
  say = () => ({ status: 401, text: 'no' })
  const many = ['portrait-1', 'portrait-2'].flatMap(pairs)
  const { calls, judged, faults } = await run(many)
  expect({ calls, judged: judged.length, faults: faults.length }).toEqual({ calls: 3, judged: 0, faults: 3 })
})
