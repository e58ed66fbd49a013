import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLocalBreaker, createRotation } from './local-breaker.ts'

const bucketMs = 5_000
const windowMs = 120_000

/** A breaker on a clock of the test's; the window moves on with it. */
function setUp() {
  const { rotation } = createRotation()
  let now = 0
  const breaker = createLocalBreaker({
    rotation,
    clock: () => now,
    random: () => 0.5,
    reset: { firstMs: 10_000, maxMs: 120_000 },
  })
  const pass = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      const next = Math.min(end, (Math.floor(now / bucketMs) + 1) * bucketMs)
      now = next
      if (now % bucketMs === 0) rotation.emit('rotate')
    }
  }
  return { breaker, pass, now: () => now }
}

const call = fc.record({ good: fc.boolean(), afterMs: fc.nat(20_000) })

test('it trips by five faults in a row or by more than half of eight and more in two minutes, and by nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (series) => {
      const { breaker, pass, now } = setUp()
      let streak = 0
      const judged: { bucket: number; good: boolean }[] = []
      for (const { good, afterMs } of series) {
        pass(afterMs)
        streak = good ? 0 : streak + 1
        const bucket = Math.floor(now() / bucketMs)
        judged.push({ bucket, good })
        const window = judged.filter((one) => one.bucket > bucket - windowMs / bucketMs)
        const faults = window.filter((one) => !one.good).length
        const expected = streak >= 5 || (!good && window.length >= 8 && faults * 2 > window.length)
        expect(await breaker.record(good)).toBe(expected)
        expect(breaker.state()).toBe(expected ? 'open' : 'closed')
        if (expected) return
      }
    }),
    { numRuns: 200 },
  )
})

test('half open it lets one call at a time through; two good ones close it, a bad one opens it for twice as long', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (tries) => {
      const { breaker, pass } = setUp()
      for (let i = 0; i < 5; i++) await breaker.record(false)
      let openMs = 10_000
      let successes = 0
      for (const good of tries) {
        if (successes === 0) {
          pass(openMs - 1)
          expect(breaker.state()).toBe('open')
          expect(breaker.tryOut()).toBe(false)
          pass(1)
        }
        expect(breaker.state()).toBe('half_open')
        expect([breaker.tryOut(), breaker.tryOut()]).toEqual([true, false])
        await breaker.record(good)
        successes = good ? successes + 1 : 0
        if (!good) openMs = Math.min(openMs * 2, 120_000)
        if (successes === 2) {
          expect(breaker.state()).toBe('closed')
          return
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('calls that began before it tripped neither close nor reopen it', async () => {
  const { breaker, pass } = setUp()
  for (let i = 0; i < 5; i++) await breaker.record(false)
  await breaker.record(true)
  expect(breaker.state()).toBe('open')
  pass(10_000)
  await breaker.record(true)
  await breaker.record(true)
  await breaker.record(false)
  expect(breaker.state()).toBe('half_open')
})
