import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import type { Report } from './tally.ts'

const root = resolve(import.meta.dirname, '../../..')

interface RunningDemo {
  simulator: string
  redis: string
  pids: Record<string, number>
}

test('a demo whose worker and dispatcher are killed and whose Redis is wiped midway still ends every job, with books that balance', {
  timeout: 360_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-kills-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const reportFile = join(dir, 'report.json')
  const demo = spawn(
    process.execPath,
    ['infra/local/launch.mjs', 'infra/demo/src/main.ts', '--jobs', '1000', '--json', reportFile],
    {
      cwd: root, // calls half as long, as the test waits for a thousand of them
      env: { ...process.env, TMPDIR: dir, HALFTONE_SIM_LATENCY: '0.5' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  for (const stream of [demo.stdout, demo.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  onTestFinished(() => void demo.kill('SIGTERM'))
  const exited = once(demo, 'exit')

  let ended = false
  exited.then(() => {
    ended = true
  })
  const until = async <T>(look: () => Promise<T | null>, ms: number): Promise<T> => {
    const found = await poll(async () => (ended ? 'ended' : await look()), ms).catch(() => null)
    if (found === null || found === 'ended')
      throw new Error(`${ended ? 'the demo ended' : `did not happen within ${ms} ms`}; it said:\n${output}`)
    return found
  }

  const running = await until(() => readRunFile(dir), 90_000)
  const paid = async () => {
    const books = (await (await fetch(`${running.simulator}/books`)).json()) as { entries: unknown[] }
    return books.entries.length
  }
  await until(async () => (await paid()) > 150 || null, 60_000)
  process.kill((await readRunFile(dir))?.pids.worker ?? 0, 'SIGKILL')
  await until(async () => (await paid()) > 300 || null, 60_000)
  process.kill((await readRunFile(dir))?.pids.dispatcher ?? 0, 'SIGKILL')
  await until(async () => (await paid()) > 450 || null, 60_000)
  const redis = new Redis(running.redis)
  await redis.flushall()
  redis.disconnect()

  const [code] = await exited
  expect(code, output).toBe(0)
  const report: Report = JSON.parse(await readFile(reportFile, 'utf8'))
  const { submitted, succeeded, failed, expired, canceled } = report.jobs
  expect(submitted).toBe(1000)
  expect(succeeded + failed + expired + canceled).toBe(1000)
  expect(report.webhooks.verified).toBe(report.webhooks.expected)
  expect(report.books.equal).toBe(true)
  expect(report.books.ledger_nano + report.books.unknown.paid_nano).toBe(report.books.simulator_nano)
  // one kill of the worker cuts at most the calls that it had out
  expect(report.books.unknown.count).toBeLessThan(200)
})

async function readRunFile(dir: string): Promise<RunningDemo | null> {
  const folder = (await readdir(dir)).find((name) => name.startsWith('halftone-demo-'))
  const path = folder && join(dir, folder, 'run.json')
  if (!path || !existsSync(path)) return null
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}

/** Waits for something that another process does; there is no event to listen to across processes. */
async function poll<T>(look: () => Promise<T | null>, ms: number): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    const found = await look().catch(() => null)
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`did not happen within ${ms} ms`)
}
