import { setTimeout as wait } from 'node:timers/promises'
import type { Reached } from './crew.ts'
import type { Strike } from './point-cases.ts'
import { leaseMs, type PointsStack } from './points-stack.ts'

/** Longer than a lease lasts: whoever sleeps through it wakes as nobody's worker. */
const pauseMs = 2 * leaseMs

/**
 * Strikes while `at` stands still. Its victim is the process that stands there; at the provider's it is the worker whose
 * call it is. A process that cut itself off when it came there (`self`) needs no more.
 */
export async function strikeAt(
  at: Reached,
  strike: Strike,
  workerPid: number,
  points: PointsStack,
): Promise<void> {
  const provider = at.service === 'simulator'
  const victim = provider ? workerPid : at.pid
  switch (strike) {
    case 'kill':
      process.kill(victim, 'SIGKILL')
      return
    case 'pause':
      process.kill(victim, 'SIGSTOP')
      await wait(pauseMs)
      process.kill(victim, 'SIGCONT')
      return
    case 'redis-wipe':
      await points.redis.flushall()
      return
    case 'postgres-kill':
      process.kill(points.stack.pids().postgres ?? 0, 'SIGKILL')
      return
    case 'cut':
      if (provider) await points.crew.cut(victim)
      return
  }
}
