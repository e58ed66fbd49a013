import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bulkOf, startFakeBulks } from '../testing/fake-bulks.ts'
import { problem } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

let cwd: string
const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'halftone-submit-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await rm(cwd, { recursive: true, force: true })
})

async function serve(extra: Parameters<typeof startFakeBulks>[0] = {}) {
  const server = await startFakeBulks(extra)
  closing.push(server.close)
  const where = { cwd, dir: cwd, env: { HALFTONE_API: server.url, HALFTONE_KEY: 'k' } }
  return {
    ...server,
    submit: (args: string[], more: Parameters<typeof run>[1] = {}) =>
      run(['submit', ...args], { ...where, ...more }),
    bought: () => server.received.filter(({ url }) => url === '/v1/bulk'),
  }
}

const write = (name: string, lines: unknown[]) =>
  writeFile(
    join(cwd, name),
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  )

test('the same file with the same flags is bought once; other flags, another file or another run are bought anew', async () => {
  await write('a.jsonl', [{ prompt: 'a mug' }, '', { prompt: 'a cup' }])
  const { submit, bought, taken } = await serve()
  const flags = ['a.jsonl', '--budget', '12.50', '--deadline', '8h']
  const [first, second] = [await submit(flags), await submit(flags, { now: () => Date.now() })]
  expect([first.code, second.code, taken.size]).toEqual([0, 0, 1])
  expect(first.out).toContain('2 jobs accepted')
  expect(bought()[0]?.body.split('\n')).toEqual([
    JSON.stringify({ bulk: { budget: { max_cost_usd: '12.50' }, deadline: '2026-11-22T20:00:00.000Z' } }),
    ...['{"prompt":"a mug"}', '{"prompt":"a cup"}', ''],
  ])
  // the receipt is only a help: without it, the server knows the key
  await rm(join(cwd, 'submissions'), { recursive: true })
  expect((await submit(flags)).out).toBe(first.out)
  expect([taken.size, bought().length]).toEqual([1, 2])

  await submit([...flags, '--run', 'tuesday'])
  await submit(['a.jsonl'])
  await write('a.jsonl', [{ prompt: 'a mug' }])
  await submit(['a.jsonl'])
  expect(taken.size).toBe(4)
})

test('bad lines are told by their numbers before anything is bought, and left out only when asked', async () => {
  await write('a.jsonl', [
    { bulk: { defaults: { size: '512x512' } } },
    ...[{ prompt: 'a mug' }, '{"prompt":', { prompt: 'x', colour: 'red' }, { prompt: 'x', n: 99 }],
    { prompt: 'a cup' },
  ])
  const { submit, bought } = await serve()
  const refused = await submit(['a.jsonl'])
  expect(refused.code).toBe(2)
  expect(refused.err).toMatch(
    /line 3: is no JSON[\s\S]*line 4: .*colour[\s\S]*line 5: n: [\s\S]*nothing was bought/,
  )
  expect(bought()).toEqual([])
  expect((await submit(['a.jsonl', '--skip-bad', '--json'])).code).toBe(0)
  expect(bought()[0]?.body.split('\n')).toEqual([
    '{"bulk":{"defaults":{"size":"512x512"}}}',
    ...['{"prompt":"a mug"}', '{"prompt":"a cup"}', ''],
  ])
})

test('a line that nobody can do is told by its number when it is priced, and nothing is bought', async () => {
  await write('a.jsonl', ['', { prompt: 'a mug' }, { prompt: 'x', size: '9x9' }])
  const rejected = [{ index: 1, error: { code: 'impossible', message: 'too small', next: 'ask for more' } }]
  const quote = {
    id: 'q',
    expires_at: '',
    jobs: 1,
    total_usd: '0.1',
    expected_finish: null,
    mix: [],
    rejected,
  }
  const { submit, bought } = await serve({ 'POST /v1/quotes': { body: quote } })
  expect(await submit(['a.jsonl'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('line 3: too small: ask for more'),
  })
  expect(bought()).toEqual([])
})

test('a table becomes jobs by its header: dots nest, numbers are numbers, metadata stays text, empty cells are absent', async () => {
  await writeFile(
    join(cwd, 'a.csv'),
    '\uFEFFprompt,n,metadata.slug,metadata.no,latency.max_ms,image,operation\r\n' +
      '"a ""blue"" mug,\nin the rain",2,mug,007,8000,,\r\n\r\nwider,,,,,file_1 file_2,edit\r\nx,two,,,,,\r\n',
  )
  const { submit, bought } = await serve()
  const { err } = await submit(['a.csv', '--skip-bad'])
  expect(err).toContain('line 6: n: ')
  expect(
    bought()[0]
      ?.body.trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      prompt: 'a "blue" mug,\nin the rain',
      n: 2,
      metadata: { slug: 'mug', no: '007' },
      latency: { max_ms: 8000 },
    },
    { prompt: 'wider', image: ['file_1', 'file_2'], operation: 'edit' },
  ])
  await writeFile(join(cwd, 'b.csv'), 'prompt,colour\nx,red\n')
  expect(await submit(['b.csv'])).toMatchObject({ code: 2, err: expect.stringContaining('"colour"') })
})

test('--watch shows spend, savings and the end; --json is alone on stdout; a job without a picture ends it with 1', async () => {
  await write('a.jsonl', [{ prompt: 'a mug' }, { prompt: 'a cup' }])
  const drawn: string[] = []
  const screen = { columns: () => 120, draw: (line: string) => void drawn.push(line) }
  const good = await serve({
    'GET /v1/usage': { body: { data: [{ bulk: `bulk_${'0'.repeat(32)}`, savings_usd: '0.015' }] } },
  })
  const { code, out } = await good.submit(['a.jsonl', '--watch'], { screen })
  expect(code).toBe(0)
  expect(drawn.join('\n')).toMatch(/░ 1\/2 · \$0\.03, saved about \$0\.01[\s\S]*█ 2\/2 · \$0\.06/)
  expect(out).toMatch(/2 of 2 jobs succeeded\n.*\$0\.06 spent, \$0\.015 saved against openai\/dear alone/)
  expect(JSON.parse((await good.submit(['a.jsonl', '--watch', '--json'])).out)).toMatchObject({
    accepted: 2,
    ended: [{ counts: { succeeded: 2 } }],
  })

  const id = 'bulk_9'
  const bad = await serve({ [`GET /v1/bulk/${id}`]: { body: bulkOf(id, { succeeded: 1, failed: 1 }) } })
  const env = { HALFTONE_API: bad.url, HALFTONE_KEY: 'k' }
  expect(await run(['watch', id], { env })).toMatchObject({
    code: 1,
    err: expect.stringContaining(`halftone retry-failed ${id}`),
  })
})

test('a server that asks to wait is asked again under the same key; Ctrl-C ends with 130 and says how to go on', async () => {
  await write('a.jsonl', [{ prompt: 'a mug' }, { prompt: 'a cup' }])
  let refusals = 2
  const busy = await serve()
  const patient = await serve({
    'POST /v1/bulk': () =>
      refusals-- > 0
        ? problem(503, 'away', null)
        : { status: 202, body: { ...accepted, id: `bulk_${'0'.repeat(32)}` } },
  })
  expect((await patient.submit(['a.jsonl'])).code).toBe(0)
  expect(new Set(patient.bought().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)

  const stop = new AbortController()
  const stopped = await busy.submit(['a.jsonl', '--watch'], {
    interrupted: stop.signal,
    pause: async () => stop.abort(),
  })
  expect(stopped).toMatchObject({ code: 130, err: expect.stringContaining('halftone watch bulk_') })
  expect((await busy.submit(['a.jsonl', '--watch'])).code).toBe(0)
  expect(busy.taken.size).toBe(1)
})

const accepted = {
  ...{ accepted: 1, rejected: [], reserved_usd: '1', expected_usd: '0.5' },
  expected_finish: '2026-11-22T13:00:00Z',
}
