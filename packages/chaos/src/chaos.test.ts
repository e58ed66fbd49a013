import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseOptions } from './options.ts'

const root = resolve(import.meta.dirname, '../../..')

async function chaos(...args: string[]): Promise<{ code: number; said: string; report: unknown }> {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-chaos-test-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const json = join(dir, 'report.json')
  const command = ['infra/local/launch.mjs', 'packages/chaos/src/main.ts', ...args, '--json', json]
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGTERM'))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const [code] = await once(child, 'exit')
  const report: unknown = existsSync(json) ? JSON.parse(await readFile(json, 'utf8')) : null
  return { code, said, report }
}

test('one seed of random faults on real processes breaks no invariant, after every seed that once did', {
  timeout: 600_000,
}, async () => {
  const { code, said, report } = await chaos(...'--only C --seed 1 --jobs 300 --faults 12'.split(' '))
  expect(code, said).toBe(0)
  const held = Object.fromEntries(Array.from({ length: 12 }, (_, place) => [`I${place + 1}`, true]))
  expect(report).toMatchObject({ ok: true, seed: 1, jobs: 300, invariants: held })
})

test('of 200 parallel requests at a budget for ten, ten are accepted, round after round', {
  timeout: 240_000,
}, async () => {
  const { code, said, report } = await chaos(...'--only budgets --rounds 5'.split(' '))
  expect(code, said).toBe(0)
  expect(report).toMatchObject({ ok: true, layers: [{ layer: 'budgets', cases: 5, failures: [] }] })
})

test('a part that does not exist, and a count that is none, are told before anything is started', () => {
  expect(() => parseOptions(['--only', 'C,D'], '/')).toThrow('--only')
  expect(() => parseOptions(['--jobs', 'many'], '/')).toThrow('--jobs')
  expect(parseOptions(['--only', 'C,budgets', '--json', 'out.json'], '/here')).toMatchObject({
    only: ['C', 'budgets'],
    json: '/here/out.json',
  })
})
