import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verbs } from './run-cli.ts'
import { problem, startFakeServer } from './testing/fake-server.ts'
import { run } from './testing/run.ts'

let dir: string
const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-cli-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await rm(dir, { recursive: true, force: true })
})

async function serve(answers: Parameters<typeof startFakeServer>[0]) {
  const server = await startFakeServer(answers)
  closing.push(server.close)
  return server
}

const row = {
  rule_id: 'r1',
  provider: 'openai',
  model: 'dear',
  operation: 'generate',
  size: '1024x1024',
  quality: null,
  mode: 'standard',
  steps: null,
  status: 'known',
  cost_per_image_usd: '0.04',
  cost_per_megapixel_usd: '0.038146973',
  cost_per_step_usd: null,
  source: 'docs',
  observed_at: '2026-11-22T09:00:00Z',
}
const noCost = { cost_per_image_usd: null, cost_per_megapixel_usd: null }
const prices = {
  version: 7,
  data: [
    { ...row, rule_id: 'r3', model: 'secret', status: 'unknown', ...noCost },
    row,
    {
      ...row,
      rule_id: 'r2',
      model: 'cheap',
      cost_per_image_usd: '0.028',
      cost_per_megapixel_usd: '0.0267',
      a_newer_field: true,
    },
    { ...row, rule_id: 'r4', model: 'masked', operation: 'inpaint', ...noCost },
  ],
}

test('prices are listed cheapest first, and an unknown price is a question mark and never a zero', async () => {
  const { url } = await serve({ 'GET /v1/prices': { body: prices } })
  const { code, out } = await run(['prices', '--api', url, '--key', 'k'])
  expect(code).toBe(0)
  const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/))
  expect(lines.filter(([model]) => model?.includes('/'))).toEqual([
    ['openai/cheap', '1024x1024', '$0.028', '$0.0267', 'docs', '3 h'],
    ['openai/dear', '1024x1024', '$0.04', '$0.0381', 'docs', '3 h'],
    ['openai/secret', '1024x1024', '?', '?', 'docs', '3 h'],
    ['openai/masked', '1024x1024', 'depends', 'depends', 'docs', '3 h'],
  ])
})

test('--json prints what the server sent, whole, and nothing else', async () => {
  const server = await serve({ 'GET /v1/prices': { body: prices } })
  const { code, out, err } = await run([
    'prices',
    '--size',
    '512x512',
    '--json',
    '--api',
    server.url,
    '--key',
    'k',
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toEqual(prices)
  expect(server.received[0]).toMatchObject({ url: '/v1/prices?size=512x512', authorization: 'Bearer k' })
})

test('exit codes tell a wrong call, a refusal and an absent server apart, and each says what to do', async () => {
  const { url } = await serve({ 'GET /v1/prices': problem(401, 'this key is not known', null) })
  const connected = ['--api', url, '--key', 'wrong']
  expect(await run(['paint'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('use one of submit, watch'),
  })
  expect(await run(['prices', '--colour', 'red'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--help'),
  })
  expect(await run(['job', ...connected])).toMatchObject({
    code: 2,
    err: expect.stringContaining('ID is missing'),
  })
  expect(await run(['prices', ...connected])).toMatchObject({
    code: 1,
    err: expect.stringContaining('--key'),
  })
  expect(await run(['prices'])).toMatchObject({ code: 3, err: expect.stringContaining('start one with') })
  expect(await run(['prices', '--api', 'http://127.0.0.1:9', '--key', 'k'])).toMatchObject({
    code: 3,
    out: '',
  })
})

test('the command line goes before the environment, and that before the stack that runs here', async () => {
  const [flag, env, here] = [
    await serve({ 'GET /v1/providers': { body: { data: [] } } }),
    await serve({ 'GET /v1/providers': { body: { data: [] } } }),
    await serve({ 'GET /v1/providers': { body: { data: [] } } }),
  ]
  await writeFile(join(dir, 'run.json'), JSON.stringify({ api: here.url, key: 'ours', pid: process.pid }))
  const environment = { HALFTONE_API: `${env.url}/v1/`, HALFTONE_KEY: 'from-env' }
  await run(['providers', '--api', flag.url, '--key', 'typed'], { dir, env: environment })
  await run(['providers'], { dir, env: environment })
  await run(['providers'], { dir })
  expect([flag, env, here].map(({ received }) => received.map(({ authorization }) => authorization))).toEqual(
    [['Bearer typed'], ['Bearer from-env'], ['Bearer ours']],
  )
})

test('the key of the stack here is never sent to another server', async () => {
  const other = await serve({})
  await writeFile(join(dir, 'run.json'), JSON.stringify({ api: 'http://127.0.0.1:9', key: 'ours', pid: 1 }))
  expect((await run(['providers', '--api', other.url], { dir })).code).toBe(2)
  expect(other.received).toEqual([])
})

test('every verb explains itself', async () => {
  for (const { name: verb } of verbs) {
    const { code, out } = await run([verb, '--help'])
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringMatching(`^halftone ${verb}[\\s\\S]+--json`),
    })
  }
})

test('an answer that cannot be understood is a failure, not a wrong table', async () => {
  const { url } = await serve({ 'GET /v1/prices': { body: { version: 7, data: [{ ...row, model: null }] } } })
  const answer = await run(['prices', '--api', url, '--key', 'k'])
  expect(answer).toMatchObject({ code: 1, out: '', err: expect.stringContaining('data.0.model') })
})

test('models are told with the least they ask; those not in the catalogue need the admin key', async () => {
  const components = [{ kind: 'per_image', amount: '0.01', count: 'output' }]
  const detail = { model: 'fal/new', source: 'fal', rules: [{ operation: 'generate', components }] }
  const found = { at: '2026-11-22T10:00:00Z', kind: 'model.discovered', detail }
  const server = await serve({
    'GET /v1/prices': { body: prices },
    'GET /admin/v1/price-events': { body: { data: [found] } },
  })
  const env = { HALFTONE_API: server.url, HALFTONE_KEY: 'k' }
  const without = await run(['models'], { env })
  expect(without.out).toContain('openai/cheap')
  expect(without.out).toContain('does not tell')
  const withKey = await run(['models'], { env: { ...env, HALFTONE_ADMIN_KEY: 'a' } })
  expect(withKey.out).toMatch(/fal\/new +generate +\$0\.01 an image +fal/)
  expect(server.received.at(-1)?.authorization).toBe('Bearer a')
})

test('the history of a price says what was asked, and from when to when', async () => {
  const version = { version: 3, rule_id: 'r', status: 'known', source: 'docs', until: null }
  const masked = {
    kind: 'per_1k_masked_pixels',
    amount: '0.0001',
    per: 1000,
    round: 'none',
    min: null,
    max: null,
  }
  const image = { kind: 'per_image', amount: '0.04', count: 'output' }
  const body = {
    data: [
      { ...version, from: '2026-11-22T10:00:00Z', amounts: [image, masked] },
      {
        ...version,
        version: 1,
        from: '2026-11-21T10:00:00Z',
        until: '2026-11-22T10:00:00Z',
        amounts: [image],
      },
    ],
  }
  const server = await serve({ 'GET /v1/prices/history': { body } })
  const { out } = await run(['prices', 'history', 'a/b:c'], {
    env: { HALFTONE_API: server.url, HALFTONE_KEY: 'k' },
  })
  const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/))
  expect(lines[1]?.slice(2, 4)).toEqual(['now', '$0.04 an image + $0.0001 per 1,000 masked pixels'])
  expect(lines[2]?.slice(3)).toEqual(['$0.04 an image', 'known', 'docs'])
  expect(server.received[0]?.url).toBe('/v1/prices/history?rule_id=a%2Fb%3Ac')
})

test('the operator pauses a pool by name, with the admin key', async () => {
  const pool = { id: 'openai', status: 'paused', since: '2026-11-22T11:00:00Z', waiting: 3, running: 2 }
  const server = await serve({
    'POST /admin/v1/pools/openai/pause': { body: pool },
    'GET /admin/v1/pools': { body: { data: [pool] } },
  })
  const env = { HALFTONE_ADMIN_KEY: 'hta', HALFTONE_API: server.url, HALFTONE_KEY: 'k' }
  const paused = await run(['pools', 'pause', 'openai'], { env })
  expect(paused.out).toContain('openai starts nothing new')
  expect(server.received[0]).toMatchObject({ authorization: 'Bearer hta' })
  expect((await run(['pools'], { env })).out).toMatch(/openai +paused/)
  expect((await run(['pools', 'stop', 'openai'], { env })).code).toBe(2)
})
