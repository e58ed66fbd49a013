import { createServer, type ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { createSecondOpinion } from './second-opinion.ts'

interface Asked {
  url: string | undefined
  key: string | undefined
  body: string
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function setUp(
  answer: (response: ServerResponse) => void,
  parts: { callsPerDay?: number; waitMs?: number } = {},
) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push({ url: request.url, key: request.headers.authorization, body })
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const faults: unknown[] = []
  const clock = { now: 5 * 86_400_000 }
  const opinion = createSecondOpinion({
    baseUrl: `http://127.0.0.1:${port}/v1`,
    model: 'small-chat',
    key: 'sk-test',
    waitMs: 10_000,
    callsPerDay: 100,
    clock: () => clock.now,
    onFault: (err) => faults.push(err),
    ...parts,
  })
  return { opinion, asked, faults, clock }
}

const says = (content: string) => (response: ServerResponse) =>
  void response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }))

test('a prompt is asked once, by the OpenAI wire, and its answer kept', async () => {
  const { opinion, asked } = await setUp(says(' Logo.\n'))
  expect(await opinion.ask(['a mark for a bakery'])).toEqual(new Map([['a mark for a bakery', 'logo']]))
  expect(await opinion.ask(['a mark for a bakery'])).toEqual(new Map([['a mark for a bakery', 'logo']]))
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ url: '/v1/chat/completions', key: 'Bearer sk-test' })
  expect(JSON.parse(asked[0]!.body)).toMatchObject({
    model: 'small-chat',
    messages: [{ role: 'system' }, { role: 'user', content: 'a mark for a bakery' }],
  })
})

test.each(['a hat', 'logo or portrait', ''])(
  'an answer that is no one label (%s) says nothing, and is not asked again',
  async (content) => {
    const { opinion, asked, faults } = await setUp(says(content))
    await opinion.ask(['x'])
    expect(await opinion.ask(['x'])).toEqual(new Map())
    expect(asked).toHaveLength(1)
    expect(faults).toEqual([])
  },
)

test('no more is asked in a day than is allowed; the next day again', async () => {
  const { opinion, asked, clock } = await setUp(says('portrait'), { callsPerDay: 2 })
  expect((await opinion.ask(['a', 'b', 'c', 'd'])).size).toBe(2)
  expect((await opinion.ask(['e'])).size).toBe(0)
  clock.now += 86_400_000
  expect((await opinion.ask(['e'])).size).toBe(1)
  expect(asked).toHaveLength(3)
})

test('a host that fails is left alone for a while; the job goes on without', async () => {
  const { opinion, asked, faults, clock } = await setUp((response) => void response.writeHead(500).end('{'))
  expect(await opinion.ask(['a'])).toEqual(new Map())
  expect(await opinion.ask(['b'])).toEqual(new Map())
  expect(asked).toHaveLength(1)
  expect(faults).toHaveLength(1)
  clock.now += 30_000
  await opinion.ask(['b'])
  expect(asked).toHaveLength(2)
})

test('a host that never answers holds nobody longer than the stated time', async () => {
  const { opinion, asked, faults } = await setUp(() => {}, { waitMs: 50 })
  expect(await opinion.ask(Array.from({ length: 20 }, (_, at) => `prompt ${at}`))).toEqual(new Map())
  expect(asked.length).toBeLessThanOrEqual(8)
  expect(faults).toHaveLength(1)
})

test('an answer that is no JSON, or a redirect elsewhere, is a fault and not an error', async () => {
  for (const answer of [
    (response: ServerResponse) => void response.end('<html>'),
    (response: ServerResponse) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
  ]) {
    const { opinion, faults } = await setUp(answer)
    expect(await opinion.ask(['a'])).toEqual(new Map())
    expect(faults).toHaveLength(1)
  }
})
