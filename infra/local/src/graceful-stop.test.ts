import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createLedger, type Ledger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { freePort } from './ports.ts'
import { type ServiceProcess, startService } from './service-process.ts'

/** Every service as a process of its own, ended by real signals, one after the other. */
const root = resolve(import.meta.dirname, '../../..')
const key = 'ht_the-key-of-this-test'
const closing: (() => Promise<unknown>)[] = []
const lines = new Map<string, string[]>()
let env: NodeJS.ProcessEnv
let api: string
let simulator: string
let ledger: Ledger
let projectId: string
const running = new Map<string, ServiceProcess>()

async function start(
  name: string,
  folder = `services/${name}`,
  extra: NodeJS.ProcessEnv = {},
): Promise<ServiceProcess> {
  const said: string[] = []
  lines.set(name, said)
  const main = join(root, folder, 'src/main.ts')
  const service = await startService({
    name,
    main,
    env: { ...env, ...extra },
    readyMs: 60_000,
    onLine: (line) => said.push(line),
  })
  running.set(name, service)
  closing.push(() => service.stop(0))
  return service
}

/** How it ended, and after how long. */
async function stop(name: string): Promise<{ how: string; ms: number }> {
  const service = running.get(name)!
  const begin = performance.now()
  process.kill(service.pid, 'SIGTERM')
  const how = await service.exited
  return { how, ms: performance.now() - begin }
}

const saysSoon = (name: string, what: string) =>
  expect
    .poll(() => lines.get(name)?.some((line) => line.includes(what)), { interval: 20, timeout: 10_000 })
    .toBe(true)

const post = (body: object, wait = 0) =>
  fetch(`${api}/v1/jobs?wait=${wait}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      prompt: 'a red fox',
      size: '1024x1024',
      routing: { model: 'openai/dall-e-4' },
      ...body,
    }),
  })
const idOf = async (answer: Response) => z.object({ id: z.string() }).parse(await answer.json()).id
const create = async (body: object) => idOf(await post(body))
const paid = async () => {
  const books = z.object({ entries: z.array(z.unknown()) })
  return books.parse(await (await fetch(`${simulator}/books`)).json()).entries.length
}
const job = async (id: string) => (await ledger.jobs.job(projectId, id))?.job
const untilRunning = (id: string) =>
  expect.poll(async () => (await job(id))?.status, { timeout: 20_000 }).toBe('running')

/** Until what it answers is called. */
async function fault(provider: string, kind: string): Promise<() => Promise<unknown>> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ provider, kind })
  const id = await idOf(await fetch(`${simulator}/faults`, { method: 'POST', body, headers }))
  return () => fetch(`${simulator}/faults/${id}`, { method: 'DELETE' })
}

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-stop-'))
  closing.push(() => rm(dir, { recursive: true, force: true }))
  const database = await createTestDatabase(inject('postgresUrl'))
  closing.push(database.drop)
  ledger = createLedger({ url: database.url, maxConnections: 2 })
  closing.push(() => ledger.stop())
  projectId = (await ledger.projects.ensureKey('default', key)).projectId
  const [port, simulatorPort] = [await freePort(), await freePort()]
  api = `http://127.0.0.1:${port}`
  simulator = `http://127.0.0.1:${simulatorPort}`
  env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    HALFTONE_STOP_MS: '10000',
    DATABASE_URL: database.url,
    REDIS_URL: `${inject('redisUrl')}/9`,
    HALFTONE_CATALOGUE: 'reference',
    HALFTONE_PROVIDERS: 'openai,replicate',
    HALFTONE_SIMULATE: '1',
    HALFTONE_SIMULATOR_URL: simulator,
    HALFTONE_SIM_PORT: String(simulatorPort),
    HALFTONE_ARTIFACTS_DIR: join(dir, 'artifacts'),
    HALFTONE_PUBLIC_URL: api,
    HALFTONE_URL_SECRET: 'a secret for signed links',
    HALFTONE_ADMIN_KEY: 'the admin key of this test',
    HALFTONE_PORT: String(port),
  }
  await Promise.all([start('simulator', 'packages/simulator'), start('pricing')])
  await Promise.all(
    ['worker', 'classifier', 'webhooks', 'health', 'dispatcher', 'producer'].map((name) => start(name)),
  )
}, 120_000)
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

test('a worker brings the call that is out to its end', async () => {
  const id = await create({})
  await untilRunning(id)
  const { how, ms } = await stop('worker')
  expect(how).toBe('ended with code 0')
  expect(ms).toBeGreaterThan(500)
  expect((await job(id))?.status).toBe('succeeded')
  expect(await paid()).toBe(1)
})

test('a worker whose call does not end is gone by its deadline, and another follows it where the provider knows it', async () => {
  const well = await fault('replicate', 'slow')
  await start('worker', undefined, { HALFTONE_STOP_MS: '2000', HALFTONE_LEASE_MS: '60000' })
  const id = await create({ routing: { model: 'replicate/stable-diffusion-3.5-turbo' } })
  await untilRunning(id)
  await expect
    .poll(async () => (await ledger.jobs.job(projectId, id))?.attempts[0]?.state, { timeout: 10_000 })
    .toBe('submitted')
  const { ms } = await stop('worker')
  expect(ms).toBeLessThan(2_500)
  await well()
  await start('worker')
  // long before the lease would have run out
  await expect.poll(async () => (await job(id))?.status, { timeout: 20_000 }).toBe('succeeded')
  expect(await paid(), 'bought once').toBe(2)
}, 60_000)

test('a second signal ends a worker at once, though a call is out', async () => {
  const well = await fault('openai', 'hang')
  const id = await create({})
  await untilRunning(id)
  process.kill(running.get('worker')!.pid, 'SIGTERM')
  await saysSoon('worker', 'worker stops')
  const { how, ms } = await stop('worker')
  expect(how).toBe('ended with code 130')
  expect(ms).toBeLessThan(1_000)
  await well()
})

test('requests that wait for a job are answered with the job as it is', async () => {
  const jobs = async () => (await ledger.jobs.list(projectId, { limit: 20 })).jobs.length
  const before = await jobs()
  const waiting = Promise.all([0, 1, 2].map(() => post({}, 60)))
  await expect.poll(jobs, { timeout: 10_000 }).toBe(before + 3)
  const { how, ms } = await stop('producer')
  expect(how).toBe('ended with code 0')
  expect(ms).toBeLessThan(3_000)
  expect((await waiting).map(({ status }) => status)).toEqual([202, 202, 202])
})

test('a dispatcher that leads hands the lead over at once', async () => {
  await start('second', 'services/dispatcher')
  expect(lines.get('second')?.some((line) => line.includes('"leads"'))).toBe(false)
  const { how } = await stop('dispatcher')
  const begin = performance.now()
  expect(how).toBe('ended with code 0')
  await saysSoon('second', '"leads"')
  expect(performance.now() - begin).toBeLessThan(1_500)
})

test.each(['second', 'classifier', 'webhooks', 'health', 'pricing'])('%s stops cleanly', async (name) => {
  const { how, ms } = await stop(name)
  expect(how).toBe('ended with code 0')
  expect(ms).toBeLessThan(3_000)
})
