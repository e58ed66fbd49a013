import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, expect, inject, test } from 'vitest'
import { createSignals } from './signals.ts'

const redisUrl = inject('redisUrl')
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function pair() {
  const prefix = `t-${randomUUID()}`
  const faults: unknown[] = []
  const make = async () => {
    const signals = createSignals({ redisUrl, prefix, onFault: (error) => faults.push(error) })
    closing.push(() => signals.stop(0))
    await signals.start()
    return signals
  }
  const admin = new Redis(redisUrl)
  closing.push(() => admin.disconnect())
  return { prefix, faults, admin, here: await make(), there: await make() }
}

test('what one process publishes, another hears, parsed', async () => {
  const { here, there } = await pair()
  const heard = Promise.withResolvers<unknown>()
  await there.subscribe('ended', heard.resolve)
  await here.publish('ended', [{ job_id: 'job_1', bulk_id: null }])
  expect(await heard.promise).toEqual([{ job_id: 'job_1', bulk_id: null }])
})

test('a malformed message and a handler that throws are reported and stop nothing', async () => {
  const { here, there, admin, prefix, faults } = await pair()
  const heard = Promise.withResolvers<unknown>()
  await there.subscribe('cancel', () => {
    throw new Error('a bug')
  })
  await there.subscribe('cancel', heard.resolve)
  await admin.publish(`${prefix}:signal:cancel`, 'not json')
  await admin.publish(`${prefix}:signal:cancel`, '{"not":"a list"}')
  await here.publish('cancel', ['job_1'])
  expect(await heard.promise).toEqual(['job_1'])
  expect(faults).toHaveLength(3)
})

test('after a lost connection it hears again, and says first that something may have been missed', async () => {
  const { here, there, admin, prefix } = await pair()
  const gap = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<unknown>()
  await there.subscribe('cancel', heard.resolve, gap.resolve)
  for (const client of String(await admin.client('LIST')).split('\n'))
    if (client.includes(`name=${prefix}-signals`))
      await admin.call('CLIENT', 'KILL', 'ID', /id=(\d+)/.exec(client)![1]!)
  await gap.promise
  await here.publish('cancel', ['job_2'])
  expect(await heard.promise).toEqual(['job_2'])
})

test('publishing while Redis is out of reach neither throws nor waits', async () => {
  const faults: unknown[] = []
  const signals = createSignals({ redisUrl: 'redis://127.0.0.1:1', onFault: (error) => faults.push(error) })
  closing.push(() => signals.stop(0))
  await signals.publish('dispatch', {})
  expect(faults.length).toBeGreaterThan(0)
})
