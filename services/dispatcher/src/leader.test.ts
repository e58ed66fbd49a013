import { silentLogger } from '@halftone/service-kit'
import { expect, test } from 'vitest'
import { createLeader } from './leader.ts'

/** An advisory lock that one may hold, and that a test can take away. */
function createLock() {
  const state = { holder: null as object | null }
  return {
    lose() {
      state.holder = null
    },
    lead: async () => {
      if (state.holder) return null
      const mine = {}
      state.holder = mine
      return {
        alive: () => state.holder === mine,
        release: async () => {
          if (state.holder === mine) state.holder = null
        },
      }
    },
  }
}

/** Hints within this process. */
function createHints() {
  const handlers: (() => void)[] = []
  return {
    publish: async () => {
      for (const handler of handlers) handler()
    },
    subscribe: async (_: unknown, handler: unknown) => {
      if (typeof handler === 'function') handlers.push(() => handler({}))
    },
  }
}

function createContender(
  lock: ReturnType<typeof createLock>,
  given: { hints?: ReturnType<typeof createHints>; retryMs?: number } = {},
) {
  const { hints = createHints(), retryMs = 5 } = given
  let waiter = Promise.withResolvers<boolean>()
  const state = { running: false }
  const loop = {
    name: 'loop',
    async start() {
      state.running = true
    },
    async stop() {
      state.running = false
    },
  }
  const leader = createLeader({
    name: 'dispatcher',
    recovery: lock,
    loops: [loop],
    onChange: (leading) => waiter.resolve(leading),
    signals: hints,
    log: silentLogger,
    retryMs,
    watchMs: 5,
  })
  return {
    leader,
    state,
    async next() {
      waiter = Promise.withResolvers<boolean>()
      return waiter.promise
    },
  }
}

test('one leads; when it stops, the other takes over', async () => {
  const lock = createLock()
  const [first, second] = [createContender(lock), createContender(lock)]
  await first.leader.start()
  expect(await first.next()).toBe(true)
  await second.leader.start()
  expect(second.state.running).toBe(false)
  const taken = second.next()
  await first.leader.stop(Date.now())
  expect(first.state.running).toBe(false)
  expect(await taken).toBe(true)
  await second.leader.stop(Date.now())
})

test('a leader that loses the lock stops its loops, and comes back only with the lock', async () => {
  const lock = createLock()
  const one = createContender(lock)
  await one.leader.start()
  await one.next()
  const lost = one.next()
  lock.lose()
  expect(await lost).toBe(false)
  expect(await one.next()).toBe(true)
  await one.leader.stop(Date.now())
  expect(one.state.running).toBe(false)
})

test('the lead is handed over at once, not at the next try', async () => {
  const lock = createLock()
  const hints = createHints()
  const [first, second] = [0, 1].map(() => createContender(lock, { hints, retryMs: 3_600_000 }))
  await first!.leader.start()
  await first!.next()
  await second!.leader.start()
  const taken = second!.next()
  await first!.leader.stop(Date.now())
  expect(await taken).toBe(true)
  await second!.leader.stop(Date.now())
})
