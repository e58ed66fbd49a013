import { expect, test } from 'vitest'
import { createOriginLanes } from './origin-lanes.ts'

function setUp(limits: { concurrentMax: number; concurrentPerOriginMax: number; waitingMax: number }) {
  const running = new Map<string, (keepsUp: boolean) => void>()
  let now = 0
  let rooms = 0
  const lanes = createOriginLanes<string>({
    ...limits,
    run: (item) => new Promise((resolve) => running.set(item, resolve)),
    onRoom: () => rooms++,
    now: () => now,
  })
  return {
    lanes,
    running,
    rooms: () => rooms,
    pass: (ms: number) => {
      now += ms
    },
    async finish(item: string, keepsUp: boolean) {
      running.get(item)?.(keepsUp)
      running.delete(item)
      await new Promise(setImmediate)
    },
  }
}

test('origins take turns, and each stays within its share', () => {
  const { lanes, running } = setUp({ concurrentMax: 6, concurrentPerOriginMax: 4, waitingMax: 100 })
  for (let i = 0; i < 10; i++) lanes.offer('a', `a${i}`)
  for (let i = 0; i < 10; i++) lanes.offer('b', `b${i}`)
  expect([...running.keys()].sort()).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1'])
})

test('a bad answer halves an origin, good ones let it grow again', async () => {
  const { lanes, running, finish } = setUp({ concurrentMax: 20, concurrentPerOriginMax: 8, waitingMax: 100 })
  for (let i = 0; i < 40; i++) lanes.offer('a', `a${i}`)
  expect(running.size).toBe(4)
  for (const item of [...running.keys()]) await finish(item, false)
  expect(running.size).toBe(1)
  for (let i = 0; i < 10; i++) await finish([...running.keys()][0]!, true)
  expect(running.size).toBe(8)
})

test('those who wait for an origin that does not move are let go when room is needed', async () => {
  const { lanes, running, pass, finish, rooms } = setUp({
    concurrentMax: 20,
    concurrentPerOriginMax: 2,
    waitingMax: 10,
  })
  for (let i = 0; i < 12; i++) lanes.offer('stuck', `s${i}`)
  expect(lanes.makeRoom()).toBe(false)
  pass(5_000)
  expect(lanes.makeRoom()).toBe(true)
  lanes.offer('good', 'g0')
  expect([...running.keys()]).toEqual(['s0', 's1', 'g0'])
  for (const item of ['s0', 's1', 'g0']) await finish(item, true)
  await lanes.drained()
  expect(running.size).toBe(0)
  expect(rooms()).toBe(0)
})

test('who was told that there is no room is told when there is', async () => {
  const { lanes, running, finish, rooms } = setUp({
    concurrentMax: 1,
    concurrentPerOriginMax: 1,
    waitingMax: 4,
  })
  for (let i = 0; i < 5; i++) lanes.offer('a', `a${i}`)
  expect(lanes.makeRoom()).toBe(false)
  while (running.size > 0) await finish([...running.keys()][0]!, true)
  expect(rooms()).toBe(1)
})
