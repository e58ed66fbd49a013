import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, expect, inject, test, vi } from 'vitest'
import type { Gate, Pass } from './breaker.ts'
import { createBreakers } from './create-breakers.ts'
import { createBreakerWatch } from './watch.ts'

const key = { provider: 'replicate', account: 'replicate', model: 'flux' }
const sibling = { ...key, model: 'flux-dev' }
const whole = { ...key, model: null }
const ok = { health: 'ok', code: null } as const
const fault = { health: 'fault', code: 'provider_down' } as const

const stops: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

type Fleet = Awaited<ReturnType<typeof startFleet>>

/** So many processes with their own breakers over one Redis. */
async function startFleet(size: number, { firstMs = 60_000, maxMs = 240_000 } = {}) {
  const common = {
    redisUrl: inject('redisUrl'),
    prefix: `t-${randomUUID()}`,
    clock: Date.now,
    monotonic: () => performance.now(),
  }
  const members = Array.from({ length: size }, (_, i) =>
    createBreakers({
      ...common,
      instance: `worker-${i}`,
      serving: [key.provider],
      random: () => 0.5,
      reset: { firstMs, maxMs },
    }),
  )
  const watch = createBreakerWatch(common)
  for (const one of [...members, watch]) {
    await one.start()
    stops.push(() => one.stop(0))
  }
  const redis = new Redis(common.redisUrl)
  stops.push(() => redis.disconnect())
  return { members, watch, redis, prefix: common.prefix }
}

const enter = async (fleet: Fleet, member: number, at = key): Promise<Pass> => {
  const gate = await fleet.members[member]!.gate(at)
  if (gate.kind !== 'pass') throw new Error(`shut by ${gate.by}: ${gate.reason}`)
  return gate.pass
}
const call = async (fleet: Fleet, member: number, verdict: Parameters<Pass['record']>[0], at = key) =>
  (await enter(fleet, member, at)).record(verdict)
const fail = async (fleet: Fleet, member: number, times = 5) => {
  for (let i = 0; i < times; i++) await call(fleet, member, fault)
}
const shut = (by: Extract<Gate, { kind: 'shut' }>['by']) => expect.objectContaining({ kind: 'shut', by })
const gates = (fleet: Fleet, at = key) => Promise.all(fleet.members.map((member) => member.gate(at)))

test('one process alone opens by its own vote, and all who watch hear of it', async () => {
  const fleet = await startFleet(1)
  await fail(fleet, 0)
  await vi.waitFor(() => expect(fleet.watch.states()).toHaveLength(1))
  expect(fleet.watch.states()[0]).toMatchObject({
    ...key,
    state: 'open',
    reason: 'calls fail: provider_down',
  })
  expect(fleet.watch.states()[0]!.until - Date.now()).toBeGreaterThan(50_000)
  await vi.waitFor(async () => expect(await fleet.members[0]!.gate(key)).toEqual(shut('fleet')))
  expect((await fleet.members[0]!.gate(sibling)).kind).toBe('pass')
})

test('one sick process of five stops itself and nobody else; a second one makes it the fleet’s', async () => {
  const fleet = await startFleet(5)
  await fail(fleet, 0)
  expect(await fleet.members[0]!.gate(key)).toEqual(shut('local'))
  expect((await fleet.members[1]!.gate(key)).kind).toBe('pass')
  await fail(fleet, 1)
  await vi.waitFor(async () => expect(await gates(fleet)).toEqual(Array(5).fill(shut('fleet'))))
})

test('a refused key closes the whole account at once, an unknown model only itself', async () => {
  const fleet = await startFleet(3)
  await call(fleet, 0, { health: 'fault', code: 'provider_config' })
  await vi.waitFor(async () => expect(await gates(fleet)).toEqual(Array(3).fill(shut('fleet'))))
  expect((await fleet.members[1]!.gate(sibling)).kind).toBe('pass')
  await call(fleet, 0, { health: 'fault', code: 'provider_auth' }, sibling)
  await vi.waitFor(async () => expect(await gates(fleet, sibling)).toEqual(Array(3).fill(shut('fleet'))))
  expect(fleet.watch.states().map(({ model }) => model)).toContain(null)
})

test('refusals, callers’ mistakes, 429 and cancels never count', async () => {
  const fleet = await startFleet(1)
  for (const code of ['content_policy', 'invalid_request', 'rate_limited', 'canceled'])
    for (let i = 0; i < 20; i++) await call(fleet, 0, { health: 'neutral', code })
  expect((await fleet.members[0]!.gate(key)).kind).toBe('pass')
})

test('half open, one call of the whole fleet gets through at a time, and two good ones close it', async () => {
  const fleet = await startFleet(3, { firstMs: 50, maxMs: 1_000 })
  const early = await enter(fleet, 2)
  await fail(fleet, 0)
  await fail(fleet, 1)
  for (let round = 0; round < 2; round++) {
    const passes = await vi.waitFor(async () => {
      expect(fleet.watch.states()[0]?.state).toBe('half_open')
      const all = await Promise.all([0, 1, 2, 0, 1, 2].map((member) => fleet.members[member]!.gate(key)))
      const through = all.flatMap((gate) => (gate.kind === 'pass' ? [gate.pass] : []))
      expect(through).toHaveLength(1)
      return through
    })
    expect(passes[0]!.probe).toBe(true)
    if (round === 0) await early.record(ok)
    await passes[0]!.record(ok)
  }
  await vi.waitFor(async () => {
    expect((await gates(fleet)).map(({ kind }) => kind)).toEqual(Array(3).fill('pass'))
  })
  expect(fleet.watch.states()).toEqual([])
})

test('a failed probe opens it for twice as long; one that shows nothing frees the probe', async () => {
  const fleet = await startFleet(1, { firstMs: 40, maxMs: 60_000 })
  await fail(fleet, 0)
  const probe = () => vi.waitFor(() => enter(fleet, 0), { timeout: 3_000 })
  await (await probe()).record({ health: 'neutral', code: 'content_policy' })
  await (await probe()).release()
  const openMs = async () =>
    JSON.parse((await fleet.redis.hgetall(`${fleet.prefix}:{breaker}:states`))['replicate/replicate/flux']!)
  expect(await openMs()).toMatchObject({ openMs: 40 })
  await (await probe()).record(fault)
  expect(await openMs()).toMatchObject({
    state: 'open',
    openMs: 80,
    reason: 'its probe failed: provider_down',
  })
})

test('verdicts of calls that began before it opened count neither for nor against it', async () => {
  const fleet = await startFleet(1, { firstMs: 30, maxMs: 1_000 })
  const old = await Promise.all(Array.from({ length: 6 }, () => enter(fleet, 0)))
  await fail(fleet, 0)
  await vi.waitFor(() => expect(fleet.watch.states()[0]?.state).toBe('half_open'))
  for (const pass of old) await pass.record(fault)
  for (const pass of old) await pass.record(ok)
  expect(fleet.watch.states()[0]?.state).toBe('half_open')
  for (let i = 0; i < 2; i++) await (await vi.waitFor(() => enter(fleet, 0))).record(ok)
  await vi.waitFor(() => expect(fleet.watch.states()).toEqual([]))
})

test('everything in Redis ends by itself, and a wiped Redis leaves every breaker closed', async () => {
  const fleet = await startFleet(2, { firstMs: 30, maxMs: 1_000 })
  await fail(fleet, 0)
  await fail(fleet, 1)
  await vi.waitFor(() => enter(fleet, 0))
  const keys = await fleet.redis.keys(`${fleet.prefix}:*`)
  expect(keys.length).toBeGreaterThan(2)
  for (const one of keys) expect(await fleet.redis.pttl(one)).toBeGreaterThan(0)
  await fleet.redis.del(...keys)
  await vi.waitFor(() => expect(fleet.watch.states()).toEqual([]), { timeout: 4_000 })
  expect((await fleet.members[1]!.gate(key)).kind).toBe('pass')
})

test('without Redis the local breaker alone decides, and nothing throws', async () => {
  const lonely = createBreakers({
    redisUrl: 'redis://127.0.0.1:1',
    instance: 'lonely',
    serving: [key.provider],
    clock: Date.now,
    monotonic: () => performance.now(),
    random: () => 0.5,
  })
  stops.push(() => lonely.stop(0))
  for (let i = 0; i < 5; i++) {
    const gate = await lonely.gate(key)
    if (gate.kind === 'pass') await gate.pass.record(fault)
  }
  expect(await lonely.gate(key)).toEqual(shut('local'))
  expect((await lonely.gate(sibling)).kind).toBe('pass')
})

test('five failed free probes of an idle account close it off, four do not', async () => {
  const fleet = await startFleet(1)
  const probe = (result: string | null) => fleet.members[0]!.probed(whole, result)
  for (let i = 0; i < 4; i++) await probe('provider_down')
  expect((await fleet.members[0]!.gate(key)).kind).toBe('pass')
  await probe('provider_down')
  await vi.waitFor(async () => expect(await fleet.members[0]!.gate(key)).toEqual(shut('fleet')))
})

test('faults in a row are told from the third on, whatever their models; a good call ends the row', async () => {
  const fleet = await startFleet(1)
  const told: [number, number][] = []
  fleet.members[0]!.onFaults(({ faults, models }) => void told.push([faults, models]))
  await fail(fleet, 0, 2)
  await call(fleet, 0, ok, sibling)
  await fail(fleet, 0, 2)
  expect(told).toEqual([])
  await call(fleet, 0, { health: 'neutral', code: 'content_policy' })
  await call(fleet, 0, fault, sibling)
  expect(told).toEqual([[3, 2]])
})
