import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { problem, startFakeServer } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

let cwd: string
let server: Awaited<ReturnType<typeof startFakeServer>>
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'halftone-cli-'))
})
afterEach(async () => {
  await server.close()
  await rm(cwd, { recursive: true, force: true })
})

const env = () => ({ HALFTONE_API: server.url, HALFTONE_KEY: 'k' })
const candidate = {
  provider: 'stability',
  model: 'clipdrop',
  operation: 'inpaint',
  cost_usd: '0.005',
  cost_per_image_usd: '0.005',
  cost_per_megapixel_usd: '0.004768372',
  cost_per_step_usd: null,
  expected_ms: 3_000,
  quality: 0.7,
  batch: false,
  eligible: true,
  reason: null,
}
const other = {
  ...candidate,
  provider: 'openai',
  model: 'other',
  cost_usd: null,
  eligible: false,
  reason: 'price is not known',
}
const quoted = {
  id: 'quote_1',
  expires_at: '2026-11-22T13:00:00Z',
  choice: candidate,
  candidates: [candidate, other],
}

test('a quote marks the choice and says of every other candidate why not', async () => {
  server = await startFakeServer({ 'POST /v1/quotes': { body: quoted } })
  const args = ['quote', '--prompt', 'a door', '--size', '1024x1024', '--max-ms', '3000', '--model', 'a/b']
  const { code, out } = await run(args, { env: env() })
  expect(code).toBe(0)
  expect(out).toMatch(/→ stability\/clipdrop +\$0\.005.*3\.0 s/)
  expect(out).toMatch(/openai\/other +\?.*price is not known/)
  expect(out).toContain('quote_1')
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    prompt: 'a door',
    size: '1024x1024',
    latency: { max_ms: 3_000 },
    routing: { model: 'a/b' },
  })
})

test('pictures on disk are uploaded first, each for its purpose, and flags go before the file', async () => {
  server = await startFakeServer({
    'POST /v1/files': { body: { id: 'file_9' } },
    'POST /v1/quotes': { body: quoted },
  })
  await writeFile(join(cwd, 'job.json'), JSON.stringify({ prompt: 'old', seed: 3 }))
  await writeFile(join(cwd, 'mask.png'), 'the mask')
  const image = `file_${'0'.repeat(32)}`
  const args = ['quote', 'job.json', '--prompt', 'new', '--image', image, '--mask', 'mask.png', '--json']
  const { code, out } = await run(args, { env: env(), cwd })
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual(quoted)
  expect(server.received.map(({ url }) => url)).toEqual(['/v1/files', '/v1/quotes'])
  expect(server.received[0]?.body).toMatch(/name="purpose"\r\n\r\nmask\r\n[\s\S]*the mask/)
  expect(JSON.parse(server.received[1]?.body ?? '')).toEqual({
    prompt: 'new',
    operation: 'edit',
    seed: 3,
    image,
    mask: 'file_9',
  })
})

test('a bulk is told by its total, its mix and how many nobody can do', async () => {
  const bulk = {
    id: 'quote_2',
    expires_at: '2026-11-23T12:00:00Z',
    jobs: 2,
    total_usd: '0.056',
    expected_finish: null,
    mix: [{ provider: 'replicate', model: 'sd', jobs: 2, cost_usd: '0.056' }],
    rejected: [{ index: 2, error: { code: 'impossible', message: 'nobody', next: null } }],
  }
  server = await startFakeServer({ 'POST /v1/quotes': { body: bulk } })
  await writeFile(join(cwd, 'bulk.json'), JSON.stringify({ jobs: [{}, {}, {}] }))
  const { out } = await run(['quote', 'bulk.json'], { env: env(), cwd })
  expect(out).toMatch(/replicate\/sd +2 +\$0\.056 +\$0\.028/)
  expect(out).toContain('$0.056 for 2 jobs')
  expect(out).toContain('1 that nobody can do')
})

test('a server without quotes is told from a job that names a file that is not there', async () => {
  server = await startFakeServer({})
  const none = await run(['quote', '--prompt', 'x'], { env: env() })
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('gives no quotes yet') })
  await server.close()
  server = await startFakeServer({
    'POST /v1/quotes': problem(404, 'there is no such file', 'upload it', '/mask'),
  })
  const missing = await run(['quote', '--prompt', 'x'], { env: env() })
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('there is no such file (/mask)') })
})

test('a quote of nothing, of an unreadable file or of no object is a wrong call', async () => {
  server = await startFakeServer({})
  await writeFile(join(cwd, 'list.json'), '[1]')
  for (const args of [[], ['absent.json'], ['list.json'], ['--n', 'two', '--prompt', 'x']])
    expect((await run(['quote', ...args], { env: env(), cwd })).code).toBe(2)
  expect(server.received).toEqual([])
})
