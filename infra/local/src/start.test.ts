import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-start-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

interface Run {
  api: string
  key: string
  pid: number
  pids: Record<string, number>
}

test('start serves, a second start resumes the data under the same key, and neither SIGTERM nor SIGKILL leaves a process behind', {
  timeout: 150_000,
}, async () => {
  const first = await start()
  const posted = await fetch(`${first.run.api}/v1/jobs?wait=60`, {
    method: 'POST',
    headers: { authorization: `Bearer ${first.run.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a lighthouse in fog', size: '1024x1024' }),
  })
  const job = (await posted.json()) as { id: string; status: string }
  expect(job.status).toBe('succeeded')

  first.child.kill('SIGTERM')
  await once(first.child, 'exit')
  expect(await aliveAfter(first.run, 30_000)).toEqual([])

  const second = await start()
  expect(second.run.key).toBe(first.run.key)
  const again = await fetch(`${second.run.api}/v1/jobs/${job.id}`, {
    headers: { authorization: `Bearer ${second.run.key}` },
  })
  const read = (await again.json()) as { status: string; images: { url: string }[] }
  expect(read.status).toBe('succeeded')
  expect((await fetch(read.images[0]?.url ?? '')).status).toBe(200)

  process.kill(second.run.pid, 'SIGKILL')
  expect(await aliveAfter(second.run, 30_000)).toEqual([])
})

test('a taken port is not an obstacle: the next free one is used', async () => {
  const { portFrom } = await import('./ports.ts')
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  expect(await portFrom(taken)).toBeGreaterThan(taken)
  server.close()
})

async function start(): Promise<{ child: ChildProcess; run: Run }> {
  const child = spawn(process.execPath, ['infra/local/launch.mjs', 'infra/local/src/main.ts'], {
    cwd: root,
    env: {
      ...process.env,
      HALFTONE_DIR: dir,
      HALFTONE_PORT: '18080',
      HALFTONE_SIMULATE: '1',
      HALFTONE_SIM_LATENCY: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const path = join(dir, 'run.json')
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (existsSync(path)) {
      const run: Run = JSON.parse((await readFile(path, 'utf8')) || '{}')
      if (run.pid === child.pid) return { child, run }
    }
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`start did not get ready:\n${output}`)
}

/** Which of the stack's processes still live when the time is over; answers early when none does. */
async function aliveAfter(run: Run, ms: number): Promise<string[]> {
  let alive: string[] = []
  for (const end = Date.now() + ms; Date.now() < end; ) {
    alive = Object.entries(run.pids)
      .filter(([, pid]) => isAlive(pid))
      .map(([name]) => name)
    if (alive.length === 0) return []
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return alive
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
