import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseOptions } from './options.ts'

const root = resolve(import.meta.dirname, '../../..')
const reportSchema = z.record(
  z.string(),
  z.strictObject({
    value: z.number().positive(),
    baseline: z.number().positive().nullable(),
    ratio: z.number().positive().nullable(),
    unit: z.string(),
  }),
)

test('a bench on a real stack writes value, baseline, ratio and unit, and leaves no process behind', {
  timeout: 90_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-bench-test-'))
  try {
    const args = [
      'packages/bench/src/main.ts',
      '--quick',
      '--only',
      'plan,tag,accept,price',
      '--json',
      'out.json',
    ]
    await promisify(execFile)(process.execPath, args, { cwd: root, env: { ...process.env, INIT_CWD: dir } })
    const report = reportSchema.parse(JSON.parse(await readFile(join(dir, 'out.json'), 'utf8')))
    expect(Object.keys(report)).toEqual(['plan', 'tag', 'price', 'accept'])
    expect(report.accept?.ratio).toBeCloseTo((report.accept?.value ?? 0) / (report.accept?.baseline ?? 1))
    expect(report.plan?.baseline).toBeNull()
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('a bench that does not exist is named before anything is started', () => {
  expect(parseOptions(['--only', 'plan,swiftness'])).toContain('"swiftness"')
  expect(parseOptions(['--only', 'plan', '--only', 'tag'])).toMatchObject({ only: ['plan', 'tag'] })
})
