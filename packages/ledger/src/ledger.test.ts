import { type PublicError, seededRandom } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { createLedger } from './create-ledger.ts'
import type { Claim, Finish, Ledger } from './ledger.ts'
import { balanceFaults } from './testing/balance-faults.ts'
import { openLedger } from './testing/open-ledger.ts'
import { claimOf, dispatch, image, newBulk, newJob, newPlan, newProject, tag } from './testing/sample-jobs.ts'

const opened = openLedger()
const error: PublicError = { code: 'outcome_unknown', message: 'cut', next: null }

interface World {
  ledger: Ledger
  projects: string[]
  bulks: { id: string; projectId: string }[]
  jobs: { id: string; projectId: string }[]
  /** Attempts that a worker believes to hold; some of these beliefs are old. */
  held: { attemptId: string; fence: bigint }[]
  planId: string
  random(): number
}

type Command = (world: World) => Promise<unknown>

function pick<T>(world: World, list: readonly T[]): T | undefined {
  return list[Math.floor(world.random() * list.length)]
}

function upTo(world: World, max: number): bigint {
  return BigInt(Math.floor(world.random() * (max + 1)))
}

function randomJob(world: World) {
  const hold = 50n + upTo(world, 100)
  return newJob({
    hold,
    ceiling: world.random() < 0.3 ? hold + upTo(world, 150) : null,
    webhookUrl: world.random() < 0.5 ? 'http://a.test/job' : null,
    deadline: new Date(Date.now() + (world.random() < 0.1 ? -1_000 : 3_600_000)),
  })
}

function randomFinish(world: World, attempt: { attemptId: string; fence: bigint }): Finish {
  const chance = world.random()
  if (chance < 0.45) return { ...attempt, kind: 'succeeded', cost: upTo(world, 200), images: [image()] }
  if (chance < 0.55) return { ...attempt, kind: 'failed', cost: upTo(world, 1) * 40n, error }
  if (chance < 0.6) return { ...attempt, kind: 'canceled', cost: upTo(world, 1) * 40n }
  if (chance < 0.8) return { ...attempt, kind: 'released', error, avoid: 'openai', delayMs: 0 }
  return { ...attempt, kind: 'unknown', error, rebuy: world.random() < 0.7, avoid: null }
}

const commands: Record<string, Command> = {
  async accept(world) {
    const projectId = pick(world, world.projects)!
    const job = randomJob(world)
    await world.ledger.accept.job({ projectId, job, idempotency: null })
    world.jobs.push({ id: job.id, projectId })
  },
  async acceptBulk(world) {
    const projectId = pick(world, world.projects)!
    const bulk = newBulk({ budget: 200n + upTo(world, 2_000), webhookUrl: 'http://a.test/bulk' })
    const jobs = Array.from({ length: 1 + Number(upTo(world, 6)) }, () => randomJob(world))
    await world.ledger.accept.bulk({ projectId, bulk, jobs, idempotency: null })
    world.bulks.push({ id: bulk.id, projectId })
    world.jobs.push(...jobs.map((job) => ({ id: job.id, projectId })))
  },
  async dispatch(world) {
    const jobs = [pick(world, world.jobs), pick(world, world.jobs)].flatMap((job) => job?.id ?? [])
    await world.ledger.classify.tag([...new Set(jobs)].map((id) => ({ id, tag })))
    const wish = { pool: 'openai', planId: world.planId, latencyMissed: false }
    await world.ledger.dispatch.dispatch(
      [...new Set(jobs)].map((id) => ({ ...wish, id, worst: upTo(world, 160) })),
    )
  },
  async claim(world) {
    const job = pick(world, world.jobs)
    const known = job && (await world.ledger.jobs.job(job.projectId, job.id))?.job
    if (!known) return
    const generation = known.generation - (world.random() < 0.1 ? 1 : 0)
    const request = claimOf(known.id, generation, {
      worst: upTo(world, 160),
      leaseMs: world.random() < 0.2 ? 0 : 15_000,
    })
    const claim: Claim = await world.ledger.attempts.claim(request)
    if (claim.kind === 'claimed') world.held.push({ attemptId: claim.attemptId, fence: claim.fence })
    if (claim.kind === 'takeover') world.held.push({ attemptId: claim.attempt.id, fence: claim.fence })
  },
  async submitted(world) {
    const attempt = pick(world, world.held)
    if (attempt)
      await world.ledger.attempts.submitted(attempt.attemptId, attempt.fence, `ref ${attempt.attemptId}`)
  },
  async finish(world) {
    const attempt = pick(world, world.held)
    if (attempt) await world.ledger.attempts.finish(randomFinish(world, attempt))
  },
  async cancelJob(world) {
    const job = world.random() < 0.3 ? pick(world, world.jobs) : undefined
    if (job) await world.ledger.jobs.cancelJob(job.projectId, job.id)
  },
  async cancelBulk(world) {
    const bulk = world.random() < 0.2 ? pick(world, world.bulks) : undefined
    if (bulk) await world.ledger.jobs.cancelBulk(bulk.projectId, bulk.id)
  },
  recover: (world) => world.ledger.recovery.expiredLeases(1, 5, world.random() < 0.3 ? 0 : undefined),
  async resolve(world) {
    const unknown = await world.ledger.attempts.unknown()
    const chosen = [pick(world, unknown), pick(world, unknown)].flatMap((attempt) => attempt ?? [])
    await world.ledger.reconciliation.resolve(
      [...new Set(chosen)].map(({ id }) => ({
        attemptId: id,
        ...(world.random() < 0.5
          ? { outcome: 'paid', cost: upTo(world, 200), images: world.random() < 0.5 ? [image()] : [] }
          : { outcome: 'free', cost: 0n, images: [] }),
        evidence: { by: 'poll', says: 'the provider told' },
      })),
    )
  },
  expire: (world) => world.ledger.recovery.expire(5),
}

/** Often enough to get jobs through, seldom enough that the rest gets in between. */
const mix = [
  'accept',
  'acceptBulk',
  'dispatch',
  'dispatch',
  'dispatch',
  'claim',
  'claim',
  'claim',
  'submitted',
  'finish',
  'finish',
  'finish',
  'cancelJob',
  'cancelBulk',
  'recover',
  'expire',
  'resolve',
] as const

async function expected(command: Promise<unknown>): Promise<void> {
  await command.catch((failure: { code?: string }) => {
    if (failure.code !== 'budget_exceeded') throw failure
  })
}

/** Brings every job to its end, as workers without faults would. */
async function drain(world: World): Promise<void> {
  for (const { id, projectId } of world.jobs) {
    const { job, attempts } = (await world.ledger.jobs.job(projectId, id))!
    if (job.finishedAt) continue
    const live = attempts.find((attempt) => attempt.state === 'submitting' || attempt.state === 'submitted')
    if (live)
      await world.ledger.attempts.finish({
        attemptId: live.id,
        fence: live.fence,
        kind: 'succeeded',
        cost: 10n,
        images: [],
      })
    else await world.ledger.dispatch.end([{ id, status: 'failed', error }])
  }
}

test.each([1, 2, 3])('whatever is done at the same time, the books stay right (seed %i)', async (seed) => {
  const random = seededRandom(seed)
  const ledgers = [opened.ledger, createLedger({ url: opened.url, maxConnections: 4 })]
  const [planId = ''] = await opened.ledger.dispatch.savePlans([newPlan()])
  const projects = await Promise.all(
    [2_000n, 6_000n, null].map((budget) => newProject(opened.ledger, budget)),
  )
  const worlds = ledgers.map(
    (ledger): World => ({ ledger, projects, bulks: [], jobs: [], held: [], planId, random }),
  )
  worlds[1]!.jobs = worlds[0]!.jobs
  worlds[1]!.bulks = worlds[0]!.bulks
  worlds[1]!.held = worlds[0]!.held

  for (let round = 0; round < 40; round++) {
    const chosen = Array.from({ length: 12 }, (_, n) => ({
      name: pick(worlds[0]!, mix)!,
      world: worlds[n % 2]!,
    }))
    await Promise.all(chosen.map(({ name, world }) => expected(commands[name]!(world))))
    if (round % 10 === 9) expect(await balanceFaults(opened.sql)).toEqual({})
  }
  await drain(worlds[0]!)
  expect(await balanceFaults(opened.sql)).toEqual({})
  expect(await opened.sql`select id from jobs where finished_at is null`).toEqual([])
  const ends = await opened.sql<{ status: string }[]>`select distinct status from jobs`
  expect(ends.length).toBe(4)
  await ledgers[1]!.stop()
})

test('when every job ended and nothing is unknown, nothing is held and what was spent is what the jobs cost', async () => {
  const { ledger, sql } = opened
  const projectId = await newProject(ledger, 10_000n)
  const jobs = Array.from({ length: 30 }, () => newJob())
  await ledger.accept.bulk({ projectId, bulk: newBulk(), jobs, idempotency: null })
  const generations = await dispatch(
    ledger,
    jobs.map((job) => job.id),
  )
  await Promise.all(
    jobs.map(async ({ id }, n) => {
      const claim = await ledger.attempts.claim(claimOf(id, generations[n]!))
      if (claim.kind !== 'claimed') throw new Error(claim.kind)
      const { attemptId, fence } = claim
      if (n % 3 === 0) await ledger.attempts.finish({ attemptId, fence, kind: 'failed', cost: 0n, error })
      else await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost: BigInt(n), images: [] })
    }),
  )
  const [sum] = await sql<
    { cost: bigint }[]
  >`select sum(cost_nano)::bigint as cost from jobs where project_id = ${projectId}`
  expect(await ledger.projects.budget(projectId)).toEqual({ limit: 10_000n, held: 0n, spent: sum!.cost })
})
