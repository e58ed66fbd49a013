import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobAnswerSchema } from '@halftone/contracts'
import { type Stack, startStack } from '@halftone/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../testing/run.ts'

let dir: string
let stack: Stack
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-evaluate-'))
  stack = await startStack({
    dir,
    port: 0,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HALFTONE_SIMULATE: '1',
      HALFTONE_SIM_LATENCY: '0',
      HALFTONE_CATALOGUE: 'reference',
    },
    say: () => {},
    onLine: () => {},
  })
}, 90_000)
afterAll(async () => {
  await stack?.stop()
  await rm(dir, { recursive: true, force: true })
}, 30_000)

const reportSchema = z.object({
  resumed: z.boolean(),
  spent_usd: z.string(),
  pictures: z.int(),
  scores: z.array(z.looseObject({ provider: z.string(), score: z.number() })),
  floors: z.array(z.looseObject({ floor: z.number() })),
  contact_sheet: z.string(),
})
const booksSchema = z.object({ total_nano: z.int(), entries: z.array(z.unknown()) })

test('a pass within its budget finds who cannot render text; a poster then avoids it and says why', async () => {
  const env = { HALFTONE_API: stack.api, HALFTONE_KEY: stack.key, HALFTONE_ADMIN_KEY: stack.adminKey }
  const clock = { env, cwd: dir, now: Date.now }
  const asked = ['evaluate', '--budget', '0.3', '--types', 'typography', '--models', 'anthropic,google']
  const unasked = await run(asked, clock)
  expect(unasked).toMatchObject({
    code: 2,
    err: expect.stringMatching(/6 pictures, 3 prompts.*\$0\.255 of \$0\.30/),
  })

  const pass = async () => {
    const { code, out, err } = await run([...asked, '--yes', '--json'], clock)
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
    return reportSchema.parse(JSON.parse(out))
  }
  const report = await pass()
  expect(report).toMatchObject({ resumed: false, spent_usd: '0.255', pictures: 6 })
  const scoreOf = (id: string) => report.scores.find(({ provider }) => provider === id)?.score
  expect(scoreOf('google')).toBeGreaterThan(0.9)
  expect(scoreOf('anthropic')).toBeLessThan(0.3)
  expect(await readFile(report.contact_sheet, 'utf8')).toMatch(/<h2>text poster[\s\S]*data:image\/webp/)

  const again = await pass()
  expect(again).toMatchObject({ resumed: true, spent_usd: '0.255', pictures: 6 })
  const books = booksSchema.parse(await (await fetch(`${stack.simulator}/books`)).json())
  expect([books.total_nano, books.entries.length]).toEqual([255_000_000, 6])

  const headers = { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ prompt: 'A poster: "OPEN"', size: '512x512', content_type: 'typography' })
  const posted = await fetch(`${stack.api}/v1/jobs?wait=30`, { method: 'POST', headers, body })
  const job = jobAnswerSchema.parse(await posted.json())
  expect(job).toMatchObject({ status: 'succeeded', provider: 'google', cost_usd: '0.035' })
  expect(job.why?.summary).toMatch(/anthropic\/claude-image.*left out.*measured by ocr, n 3/)
}, 90_000)
