import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createRateLimits } from './create-rate-limits.ts'
import { hammer, mostInAny, type Start } from './testing/hammer.ts'

// node fleet.bench.ts REDIS_URL [--wipe]: four processes at five times the limit, by the real minute. It may wipe that Redis.

const allowed = { requestsPerMinute: 600, concurrent: 200 }
const forMs = 130_000
const [redisUrl = '', option = '', account = ''] = process.argv.slice(2)

if (option === '--child') {
  const limits = createRateLimits({ redisUrl, prefix: 'fleet-bench' })
  const calls: number[] = []
  await hammer(limits, {
    account,
    allowed,
    callers: 25,
    forMs,
    async call() {
      calls.push(performance.timeOrigin + performance.now())
      await delay(500)
    },
  })
  limits.close()
  process.send?.(calls)
  process.disconnect?.()
} else {
  const shared = randomUUID()
  const children = Array.from({ length: 4 }, async () => {
    const child = fork(import.meta.filename, [redisUrl, '--child', shared])
    const { promise, resolve } = Promise.withResolvers<number[]>()
    child.once('message', (calls) => resolve(calls as number[]))
    return promise
  })
  if (option === '--wipe') {
    const redis = new Redis(redisUrl)
    await delay(90_000)
    await redis.flushall()
    redis.disconnect()
  }
  const calls: Start[] = (await Promise.all(children)).flat().map((at) => ({ at, weight: 1 }))
  const first = Math.min(...calls.map(({ at }) => at))
  const inMinute = (n: number) => calls.filter(({ at }) => Math.floor((at - first) / 60_000) === n).length
  console.log({
    limit: allowed.requestsPerMinute,
    calls: calls.length,
    minutes: [inMinute(0), inMinute(1)],
    mostInAnyMinute: mostInAny(60_000, calls),
  })
}
