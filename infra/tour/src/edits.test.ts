import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JobInput, parseUsd, seededRandom } from '@halftone/contracts'
import { type Stack, startStack } from '@halftone/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createDesk, type Desk } from './desk.ts'
import { maskOf, plainPicture } from './pictures.ts'

// Edits through the whole stack, on the article's prices.

let dir: string
let stack: Stack
let desk: Desk
let image: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-edits-'))
  stack = await startStack({
    dir,
    port: 0,
    env: {
      ...process.env,
      ...{ HALFTONE_CATALOGUE: 'reference', HALFTONE_SIMULATE: '1', HALFTONE_SIM_LATENCY: '0.01' },
      ...{ DATABASE_URL: undefined, REDIS_URL: undefined },
    },
    say: () => {},
    onLine: () => {},
  })
  desk = createDesk({ ...stack, simulator: stack.simulator! })
  image = await desk.upload(await plainPicture('#9bb4a8'), 'image')
}, 120_000)
afterAll(async () => {
  await stack?.stop()
  await rm(dir, { recursive: true, force: true })
}, 60_000)

const totalSchema = z.object({ total_nano: z.int() })
const paidNano = async () => {
  const books = await (await fetch(`${stack.simulator}/books`)).json()
  return BigInt(totalSchema.parse(books).total_nano)
}
const inpaint = (extra: Partial<JobInput>): JobInput => ({
  operation: 'edit',
  edit_kind: 'inpaint',
  prompt: 'a red door',
  image,
  ...extra,
})

test('random masks: what was quoted is billed, and is what the provider wrote down, to the nano-dollar', {
  timeout: 120_000,
}, async () => {
  const random = seededRandom(7)
  const before = await paidNano()
  const jobs = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const pixels = 1 + Math.floor(random() * 600_000)
      const mask = await desk.upload(await maskOf(pixels), n % 2 ? 'mask' : 'image')
      const { id, choice } = await desk.quote(inpaint({ mask }))
      const job = await desk.buy(inpaint({ mask, quote_id: id }))
      expect(job).toMatchObject({
        cost_usd: choice?.cost_usd,
        model: pixels < 400_000 ? 'clipdrop' : 'flat-inpaint',
      })
      return job
    }),
  )
  const billed = jobs.reduce((sum, { cost_usd }) => sum + parseUsd(cost_usd ?? '0'), 0n)
  expect((await paidNano()) - before).toBe(billed)
})

test('a chain of edits: each from the picture of the one before, by a template, and the first one’s picture by URL', {
  timeout: 120_000,
}, async () => {
  const first = await desk.buy(inpaint({ mask_template: 'center_square' }))
  expect(first).toMatchObject({ mask_template: 'center_square', cost_usd: '0.0262144', model: 'clipdrop' })
  const url = first.images[0]?.url ?? ''
  const second = await desk.buy({
    ...inpaint({ mask_template: 'left_third' }),
    image: url,
    parent_job_id: first.id,
  })
  const third = await desk.buy({
    ...inpaint({ mask_template: 'bottom_banner' }),
    image: undefined,
    parent_job_id: second.id,
  })
  const sum = [first, second, third].reduce((total, { cost_usd }) => total + parseUsd(cost_usd ?? '0'), 0n)
  expect(third.chain).toMatchObject({ root: first.id, depth: 2, jobs: 3, held_usd: '0' })
  expect(parseUsd(third.chain?.cost_usd ?? '0')).toBe(sum)
  const refused = await desk.refused({
    ...inpaint({ mask_template: 'top_half', image: undefined }),
    ...{ parent_job_id: third.id, budget: { max_chain_usd: '0.07' } },
  })
  expect(refused).toMatchObject({ status: 402, scope: 'chain', limit_usd: '0.07' })
})

test('an outpaint is paid by what is newly painted', { timeout: 60_000 }, async () => {
  const body: JobInput = {
    operation: 'edit',
    edit_kind: 'outpaint',
    prompt: 'more sky',
    image,
    size: '1280x1024',
  }
  const { choice } = await desk.quote(body)
  const job = await desk.buy(body)
  expect(choice?.cost_usd).toBe('0.0262144')
  expect(job).toMatchObject({ cost_usd: '0.0262144', images: [{ width: 1280, height: 1024 }] })
})
