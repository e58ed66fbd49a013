import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobStatuses, parseUsd, toUsd } from '@halftone/contracts'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { buyPictures } from './buy-pictures.ts'
import { type PassState, readState } from './pass-state.ts'
import { planPurchase } from './plan-purchase.ts'
import type { Shop } from './shop.ts'
import { promptsFor } from './suite.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-buy-'))
  return () => rm(dir, { recursive: true, force: true })
})

const contenders = [
  { key: 'a/one', size: '512x512', usd: '0.03' },
  { key: 'b/two', size: '512x512', usd: '0.05' },
]
const prompts = promptsFor(['text_poster', 'logo'], 6)
const bodySchema = z.object({
  budget: z.object({ max_cost_usd: z.string() }),
  jobs: z.array(
    z.object({ metadata: z.record(z.string(), z.unknown()), routing: z.looseObject({ model: z.string() }) }),
  ),
})

const noJobs = Object.fromEntries(jobStatuses.map((status) => [status, 0]))

class Refused extends Error {}

/** Books what it sells: at worst twice the quoted price is held, `factor` times it is charged. */
function openShop(factor: number, worst = 2) {
  const bulks = new Map<string, { body: z.infer<typeof bodySchema>; cost: bigint }>()
  const byKey = new Map<string, string>()
  let dies = false
  const priceOf = (model: string) => parseUsd(contenders.find(({ key }) => key === model)!.usd)
  const shop: Shop = {
    async get(path) {
      const [, id = '', jobs] = /bulk\/([^/?]+)(\/jobs)?/.exec(path) ?? []
      const bulk = bulks.get(id)!
      if (jobs) return { data: [], next_cursor: null }
      return {
        status: 'completed',
        counts: { ...noJobs, succeeded: bulk.body.jobs.length },
        cost_usd: toUsd(bulk.cost),
        reserved_usd: '0',
      }
    },
    async post(_path, sent, key = '') {
      const body = bodySchema.parse(sent)
      const quoted = body.jobs.reduce((sum, { routing }) => sum + priceOf(routing.model), 0n)
      if (quoted * BigInt(worst) > parseUsd(body.budget.max_cost_usd)) throw new Refused()
      const id = byKey.get(key) ?? `bulk_${bulks.size}`
      if (!bulks.has(id)) bulks.set(id, { body, cost: BigInt(Math.round(Number(quoted) * factor)) })
      byKey.set(key, id)
      if (dies) throw new Error('cut')
      return {
        id,
        accepted: body.jobs.length,
        rejected: [],
        reserved_usd: '0',
        expected_usd: '0',
        expected_finish: '',
      }
    },
    record: async () => {},
    fetchPicture: async () => new Uint8Array(),
    isRefusal: (error) => error instanceof Refused,
  }
  return {
    shop,
    total: () => [...bulks.values()].reduce((sum, { cost }) => sum + cost, 0n),
    sold: () =>
      [...bulks.values()].flatMap(({ body }) => body.jobs.map(({ metadata }) => metadata.evaluation)),
    set dies(value: boolean) {
      dies = value
    },
  }
}

const stateFor = (tasks: ReturnType<typeof planPurchase>['tasks']): PassState => ({
  id: 'pass',
  budget_usd: '1',
  quoted_usd: '0.8',
  contenders,
  prompts: [...new Set(tasks.map(({ prompt }) => prompt.id))],
  lots: [],
  bought: false,
  judge_calls: 0,
})
const buy = (shop: Shop, state: PassState, tasks: ReturnType<typeof planPurchase>['tasks']) =>
  buyPictures({
    shop,
    dir,
    state,
    tasks,
    budget: parseUsd('1'),
    pollMs: 0,
    deadlineMs: 1_000,
    clock: () => 0,
    wait: async () => {},
    onProgress: () => {},
  })

test('a budget buys whole prompts, from every contender or from none, in rounds over the types', () => {
  const { tasks, nano, leftOut } = planPurchase(prompts, contenders, parseUsd('0.27'))
  expect(tasks.map(({ id }) => id)).toEqual([
    'text_poster-1/a/one',
    'text_poster-1/b/two',
    'logo-1/a/one',
    'logo-1/b/two',
    'text_poster-2/a/one',
    'text_poster-2/b/two',
  ])
  expect([toUsd(nano), leftOut]).toEqual(['0.24', 9])
})

test.each([
  [1, 2],
  [1.9, 2],
  [0.5, 3],
])('charged %s times the quote and held %s times, the pass ends within its budget', async (factor, worst) => {
  const { tasks } = planPurchase(prompts, contenders, parseUsd('1'))
  const market = openShop(factor, worst)
  const { spent } = await buy(market.shop, stateFor(tasks), tasks)
  expect(spent).toBe(market.total())
  expect(spent).toBeLessThanOrEqual(parseUsd('1'))
  expect(market.sold().length).toBeGreaterThan(0)
  expect(new Set(market.sold()).size).toBe(market.sold().length)
})

test('cut after the server accepted and before it answered, a pass is taken up and buys nothing twice', async () => {
  const { tasks } = planPurchase(prompts, contenders, parseUsd('0.4'))
  const market = openShop(1)
  market.dies = true
  await expect(buy(market.shop, stateFor(tasks), tasks)).rejects.toThrow('cut')
  market.dies = false
  const { spent } = await buy(market.shop, (await readState(dir))!, tasks)
  expect(spent).toBe(market.total())
  expect(market.sold()).toEqual(tasks.map(({ id }) => id))
  await buy(market.shop, (await readState(dir))!, tasks)
  expect(market.sold()).toHaveLength(tasks.length)
})
