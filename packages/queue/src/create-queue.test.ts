import { randomUUID } from 'node:crypto'
import { type ClassifyTicket, newId, type RunTicket } from '@halftone/contracts'
import { Redis } from 'ioredis'
import { afterEach, expect, inject, test } from 'vitest'
import { createClassifyConsumer, createRunConsumer } from './consumer.ts'
import { createQueue } from './create-queue.ts'
import type { Handled } from './queue.ts'

// a database of its own, so that wiping it wipes nobody else's
const redisUrl = `${inject('redisUrl')}/7`
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const ticket = (gen = 1): RunTicket => ({ v: 1, job: newId('job'), gen })
const pool = 'openai'

function setUp() {
  const prefix = `t-${randomUUID()}`
  const faults: unknown[] = []
  const onFault = (error: unknown) => faults.push(error)
  const queue = createQueue({ redisUrl, prefix, onFault })
  closing.push(() => queue.close())
  const redis = new Redis(redisUrl)
  closing.push(() => redis.disconnect())
  return { prefix, faults, onFault, queue, redis }
}

/** Collects what a consumer sees, and lets the test wait for the n-th. */
function collector<T>(answer: (ticket: T, nth: number) => Handled = () => ({ kind: 'done' })) {
  const seen: T[] = []
  let waiter: { n: number; resolve(): void } | undefined
  return {
    seen,
    async handle(ticket: T): Promise<Handled> {
      seen.push(ticket)
      if (waiter && seen.length >= waiter.n) waiter.resolve()
      return answer(ticket, seen.length)
    },
    async until(n: number) {
      if (seen.length >= n) return
      const { promise, resolve } = Promise.withResolvers<void>()
      waiter = { n, resolve }
      await promise
    },
  }
}

function consume(
  setup: ReturnType<typeof setUp>,
  handle: (ticket: RunTicket) => Promise<Handled>,
  concurrency = 1,
) {
  const errors: unknown[] = []
  const consumer = createRunConsumer(pool, {
    ...setup,
    redisUrl,
    concurrency,
    handle,
    onError: (error) => errors.push(error),
  })
  closing.push(() => consumer.stop(Date.now() + 2_000))
  return { consumer, errors }
}

test('asking twice for the same ticket adds one; a new generation is another', async () => {
  const { queue } = setUp()
  const first = ticket()
  await queue.askToRun(pool, [first, first])
  await queue.askToRun(pool, [first])
  expect(await queue.depth([pool, 'replicate'])).toEqual(
    new Map([
      [pool, 1],
      ['replicate', 0],
    ]),
  )
  await queue.askToRun(pool, [{ ...first, gen: 2 }])
  expect((await queue.depth([pool])).get(pool)).toBe(2)
})

test('more than one chunk arrives whole, and a repeated relay adds nothing', async () => {
  const { queue } = setUp()
  const tickets = Array.from({ length: 1_201 }, () => ticket())
  await queue.askToRun(pool, tickets.slice(0, 700))
  await queue.askToRun(pool, tickets)
  expect((await queue.depth([pool])).get(pool)).toBe(1_201)
})

test('a ticket takes less than 300 bytes', async () => {
  const { queue, redis, prefix } = setUp()
  const range: ClassifyTicket = { v: 1, bulk: newId('bulk'), from: 49_750, to: 50_000 }
  const run = ticket(99)
  await queue.askToClassify([range])
  await queue.askToRun(pool, [run])
  const data = [
    await redis.hget(`${prefix}:{ht-classify}:${range.bulk}-49750`, 'data'),
    await redis.hget(`${prefix}:{ht-run-openai}:${run.job}-99`, 'data'),
  ]
  for (const text of data) expect(Buffer.byteLength(text!)).toBeLessThan(300)
})

test('holds says which tickets are still there', async () => {
  const { queue } = setUp()
  const [here, gone] = [ticket(), ticket()]
  await queue.askToRun(pool, [here])
  expect(await queue.holds(pool, [here, gone])).toEqual(new Set([`${here.job}-1`]))
})

test('drain takes what waits and leaves what is being worked on', async () => {
  const setup = setUp()
  const { queue } = setup
  const started = Promise.withResolvers<RunTicket>()
  const release = Promise.withResolvers<void>()
  const { consumer } = consume(setup, async (ticket) => {
    started.resolve(ticket)
    await release.promise
    return { kind: 'done' }
  })
  const tickets = [ticket(), ticket(), ticket()]
  await queue.askToRun(pool, tickets)
  await consumer.start()
  const running = await started.promise
  const drained = await queue.drain(pool)
  expect(new Set(drained)).toEqual(new Set(tickets.filter((one) => one.job !== running.job)))
  expect((await queue.depth([pool])).get(pool)).toBe(1)
  release.resolve()
})

test('"later" brings the same ticket again without using it up, and so does a handler that throws', async () => {
  const setup = setUp()
  const seen = collector<RunTicket>((_, nth) => {
    if (nth === 2) throw new Error('a bug')
    return nth === 1 ? { kind: 'later', delayMs: 10 } : { kind: 'done' }
  })
  const { consumer, errors } = consume(setup, seen.handle)
  const one = ticket()
  await setup.queue.askToRun(pool, [one])
  await consumer.start()
  await seen.until(3)
  expect(seen.seen).toEqual([one, one, one])
  expect(errors).toHaveLength(1)
})

test('a consumer goes on after Redis was wiped', async () => {
  const setup = setUp()
  const seen = collector<RunTicket>()
  const { consumer } = consume(setup, seen.handle, 4)
  await consumer.start()
  await setup.queue.askToRun(pool, [ticket()])
  await seen.until(1)
  await setup.redis.flushdb()
  await setup.queue.askToRun(pool, [ticket(), ticket()])
  await seen.until(3)
})

test('a ticket wiped while it was worked on does not stop its consumer', async () => {
  const setup = setUp()
  const seen = collector<RunTicket>()
  const { consumer } = consume(setup, async (one) => {
    await setup.redis.flushdb()
    return seen.handle(one)
  })
  await consumer.start()
  await setup.queue.askToRun(pool, [ticket()])
  await seen.until(1)
  await setup.queue.askToRun(pool, [ticket()])
  await seen.until(2)
})

test('a single job is classified before the ranges of a bulk that came earlier', async () => {
  const setup = setUp()
  const bulk = newId('bulk')
  const ranges = [0, 250, 500].map((from) => ({ v: 1 as const, bulk, from, to: from + 250 }))
  const single = { v: 1 as const, job: newId('job') }
  await setup.queue.askToClassify(ranges)
  await setup.queue.askToClassify([single], { urgent: true })
  const seen = collector<ClassifyTicket>()
  const consumer = createClassifyConsumer({ ...setup, redisUrl, concurrency: 1, ...seen, onError: () => {} })
  closing.push(() => consumer.stop(Date.now() + 2_000))
  await consumer.start()
  await seen.until(4)
  expect(seen.seen).toEqual([single, ...ranges])
})

test('stopping waits for running handlers, but not longer than the deadline', async () => {
  const setup = setUp()
  const started = Promise.withResolvers<void>()
  const { consumer } = consume(setup, async () => {
    started.resolve()
    return new Promise<Handled>(() => {})
  })
  await setup.queue.askToRun(pool, [ticket()])
  await consumer.start()
  await started.promise
  await consumer.stop(Date.now() + 20)
})

test('a Redis that would drop tickets is refused', async () => {
  const { queue, redis } = setUp()
  await queue.check()
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  try {
    await expect(queue.check()).rejects.toThrow('noeviction')
  } finally {
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
  }
})
