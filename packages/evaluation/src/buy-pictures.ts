import {
  bulkAcceptedSchema,
  bulkAnswerSchema,
  endedStatuses,
  type JobAnswer,
  jobAnswerSchema,
  parseUsd,
  toUsd,
} from '@halftone/contracts'
import { z } from 'zod'
import { type Lot, type PassState, saveState } from './pass-state.ts'
import { jobOf, type Task } from './plan-purchase.ts'
import type { Shop } from './shop.ts'

/** Of one lot. */
const lotJobsMax = 1_000

/** One picture that was asked for. */
export interface Bought {
  task: Task
  /** null: none came. */
  url: string | null
  format: string
  usd: string | null
  /** Why none came. */
  fault: string | null
}

export interface BuyOptions {
  shop: Shop
  dir: string
  state: PassState
  tasks: readonly Task[]
  /** Nano-dollars that pictures may cost, in real charges. */
  budget: bigint
  pollMs: number
  deadlineMs: number
  clock(): number
  wait(ms: number): Promise<void>
  onProgress(done: number, of: number, spent: bigint): void
}

/** What is needed of it: a server of another day may tell more or less beside. */
const lotAnswerSchema = bulkAnswerSchema.pick({
  counts: true,
  status: true,
  cost_usd: true,
  reserved_usd: true,
})
const jobPageSchema = z.object({ data: z.array(jobAnswerSchema), next_cursor: z.string().nullable() })

/**
 * Buys what is not bought yet, each lot under a budget of what is left, so that the server itself refuses a penny more;
 * what may have been paid counts as spent. The lots are written down before they are posted: a pass that was cut is
 * taken up where it was, and nothing is bought twice.
 */
export async function buyPictures(options: BuyOptions): Promise<{ bought: Bought[]; spent: bigint }> {
  const { shop, dir, state, tasks, budget } = options
  let spent = 0n
  for (const lot of [...state.lots]) {
    const cost = await settle(options, lot, spent)
    // it was written down and never accepted, and is not any more: bought anew
    if (cost === null) state.lots.splice(state.lots.indexOf(lot), 1)
    else spent += cost
  }
  const known = new Set(state.lots.flatMap((lot) => lot.tasks))
  let open = state.bought ? [] : tasks.filter(({ id }) => !known.has(id))
  let lotMax = open.length
  while (open.length > 0) {
    const some = affordable(open, budget - spent).slice(0, lotMax)
    if (some.length === 0) break
    const lot = lotOf(options, some, budget - spent)
    state.lots.push(lot)
    await saveState(dir, state)
    const cost = await settle(options, lot, spent)
    if (cost !== null) {
      spent += cost
      open = open.slice(some.length)
      continue
    }
    // at worst these cost more than there is
    state.lots.pop()
    if (some.length === 1) break
    lotMax = Math.ceil(some.length / 2)
  }
  state.bought = true
  await saveState(dir, state)
  const bought = await Promise.all(state.lots.map((lot) => collect(shop, lot, tasks)))
  return { bought: bought.flat(), spent }
}

function lotOf({ state, clock, deadlineMs }: BuyOptions, tasks: readonly Task[], left: bigint): Lot {
  return {
    key: `evaluate-${state.id}-${state.lots.length}-${tasks.length}-${left}`,
    tasks: tasks.map(({ id }) => id),
    body: {
      budget: { max_cost_usd: toUsd(left) },
      deadline: new Date(clock() + deadlineMs).toISOString(),
      jobs: tasks.map(jobOf),
    },
    bulk: null,
  }
}

/** The first of them, as far as the money goes. */
function affordable(tasks: readonly Task[], nano: bigint): Task[] {
  let sum = 0n
  return tasks.filter(({ contender }, i) => {
    sum += parseUsd(contender.usd)
    return sum <= nano && i < lotJobsMax
  })
}

/** Posts a lot unless it was, waits for its end, and answers what it cost at most; null: it was refused. */
async function settle(options: BuyOptions, lot: Lot, spentBefore: bigint): Promise<bigint | null> {
  const { shop, dir, state, pollMs, wait, onProgress } = options
  if (lot.bulk === null) {
    const answer = await shop.post('/v1/bulk', lot.body, lot.key).catch((error: unknown) => {
      if (shop.isRefusal(error)) return null
      throw error
    })
    if (answer === null) return null
    lot.bulk = bulkAcceptedSchema.parse(answer).id
    await saveState(dir, state)
  }
  const doneBefore = state.lots
    .slice(0, state.lots.indexOf(lot))
    .reduce((sum, { tasks }) => sum + tasks.length, 0)
  for (;;) {
    const { counts, status, ...money } = lotAnswerSchema.parse(await shop.get(`/v1/bulk/${lot.bulk}`))
    const done = Object.entries(counts).reduce(
      (sum, [name, jobs]) => sum + (endedStatuses.some((ended) => ended === name) ? jobs : 0),
      0,
    )
    const cost = parseUsd(money.cost_usd) + parseUsd(money.reserved_usd)
    onProgress(doneBefore + done, options.tasks.length, spentBefore + parseUsd(money.cost_usd))
    if (status === 'completed' || status === 'canceled') return cost
    await wait(pollMs)
  }
}

async function collect(shop: Shop, lot: Lot, tasks: readonly Task[]): Promise<Bought[]> {
  const jobs = new Map<string, JobAnswer>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = jobPageSchema.parse(await shop.get(`/v1/bulk/${lot.bulk}/jobs?limit=200${query}`))
    for (const job of page.data) jobs.set(String(job.metadata.evaluation), job)
    cursor = page.next_cursor
  }
  return tasks
    .filter(({ id }) => lot.tasks.includes(id))
    .map((task) => {
      const job = jobs.get(task.id)
      const image = job?.images[0]
      return {
        task,
        url: image?.url ?? null,
        format: image?.format ?? 'png',
        usd: job?.cost_usd ?? null,
        fault: image ? null : (job?.error?.message ?? job?.status ?? 'it was not accepted'),
      }
    })
}
