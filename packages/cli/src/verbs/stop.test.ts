import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../testing/run.ts'

let dir: string
let child: ChildProcess
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-cli-'))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

/** A process that answers on a port of its own, as a stack does. */
async function startLookalike(): Promise<string> {
  const program = `const server = require('node:http').createServer((_, answer) => answer.end('{}'))
    server.listen(0, '127.0.0.1', () => process.send(server.address().port))`
  child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const [port] = await once(child, 'message')
  return `http://127.0.0.1:${port}`
}

const writeRunFile = (api: string, pid: number) =>
  writeFile(join(dir, 'run.json'), JSON.stringify({ api, key: 'k', pid }))

test('stop ends the stack that run.json names, and answers when it is gone', async () => {
  await writeRunFile(await startLookalike(), child.pid ?? 0)
  const gone = once(child, 'exit')
  expect(await run(['stop', '--json'], { dir })).toMatchObject({ code: 0, err: '' })
  expect(await gone).toEqual([null, 'SIGTERM'])
  expect(await run(['stop'], { dir })).toMatchObject({
    code: 0,
    out: expect.stringContaining('already ended'),
  })
})

test('a process that took over an old number is left alone', async () => {
  await startLookalike()
  await writeRunFile('http://127.0.0.1:9', child.pid ?? 0)
  expect(await run(['stop'], { dir })).toMatchObject({
    code: 3,
    err: expect.stringContaining('does not answer'),
  })
  expect(child.exitCode ?? child.signalCode).toBeNull()
})

test('without a stack there is nothing to stop', async () => {
  expect((await run(['stop'], { dir })).code).toBe(3)
})
