import { expect, test } from 'vitest'
import { createBacklog } from './backlog.ts'
import { poolRate, ticketsMax, watermark } from './pool-rate.ts'

const rate = { concurrent: 48, burst: 15, perSecond: 5, stoppedMs: 0, p50Ms: 2_000, p95Ms: 3_000 }
const rates = new Map([['cheap', rate]])
const row = (projectId: string, dueSeconds: number, jobs: number) => ({
  pool: 'cheap',
  projectId,
  dueSeconds,
  jobs,
})

test('alone, a project waits for its own jobs', () => {
  const backlog = createBacklog({ rows: [row('a', 120, 50)], rates, depth: new Map() })
  expect(backlog.waitMs('cheap', 'a', 120)).toBe(10_000)
  expect(backlog.waitMs('cheap', 'b', 120)).toBe(0)
})

test('another project takes as many turns meanwhile, but no more than it has jobs', () => {
  const rows = [row('large', 86_400, 10_000), row('small', 86_400, 20), row('tiny', 86_400, 5)]
  const backlog = createBacklog({ rows, rates, depth: new Map() })
  expect(backlog.waitMs('cheap', 'small', 86_400)).toBe(((20 + 20 + 5) / 5) * 1_000)
  expect(backlog.waitMs('cheap', 'large', 86_400)).toBe((10_025 / 5) * 1_000)
})

test("a job due soon does not wait for its own project's later ones", () => {
  const backlog = createBacklog({
    rows: [row('a', 86_400, 9_000), row('a', 120, 10)],
    rates,
    depth: new Map(),
  })
  expect(backlog.waitMs('cheap', 'a', 120)).toBe(2_000)
})

test('tickets beyond those being worked on count, and so does what a round has assigned', () => {
  const backlog = createBacklog({ rows: [], rates, depth: new Map([['cheap', 19]]) })
  expect(backlog.waitMs('cheap', 'a', 120)).toBe(1_800)
  for (let i = 0; i < 5; i++) backlog.add('cheap', 'a', 120)
  expect(backlog.waitMs('cheap', 'a', 120)).toBe(2_800)
  backlog.remove('cheap', 'a', 120)
  expect(backlog.waitMs('cheap', 'a', 120)).toBe(2_600)
  expect(backlog.waits('a', 120, 'cheap').of('cheap')).toBe(2_000)
})

test('waits are rounded up, and equal keys mean equal waits', () => {
  const of = (jobs: number) =>
    createBacklog({ rows: [row('a', 120, jobs)], rates, depth: new Map() }).waits('a', 120)
  expect(of(1).of('cheap')).toBe(250)
  expect(of(101).key).toBe(of(105).key)
  expect(of(101).key).not.toBe(of(106).key)
})

test('a watermark keeps the workers busy and little more', () => {
  const health = new Map()
  const limits = { requests_per_minute: 300, concurrent: 48 }
  // what bursts may use is taken from the even rate
  expect(poolRate(limits, { models: [], health }, 'p').perSecond * 60).toBe(286)
  expect(watermark(rate)).toBe(16)
  expect(
    watermark({ concurrent: 48, burst: 15, perSecond: 4.8, stoppedMs: 0, p50Ms: 10_000, p95Ms: 15_000 }),
  ).toBe(51)
  expect(
    watermark({ concurrent: 1, burst: 1, perSecond: 0.1, stoppedMs: 0, p50Ms: 1_000, p95Ms: 2_000 }),
  ).toBe(2)
})

test('a stop is waited for by whoever is planned there, and its queue is not filled meanwhile', () => {
  const stopped = { ...rate, stoppedMs: 30_000 }
  const backlog = createBacklog({
    rows: [row('a', 120, 10)],
    rates: new Map([['cheap', stopped]]),
    depth: new Map(),
  })
  expect(backlog.waitMs('cheap', 'a', 120)).toBe(32_000)
  expect(ticketsMax(stopped)).toBe(0)
  expect(ticketsMax({ ...rate, stoppedMs: 100 })).toBe(16)
})

test('a rate that was lowered is planned with, without its burst', () => {
  const limits = { requests_per_minute: 300, concurrent: 48 }
  const lowered = poolRate(limits, { models: [], health: new Map() }, 'p', { stoppedMs: 0, share: 0.5 })
  expect(lowered).toMatchObject({ burst: 1, perSecond: 286 / 120 })
})
