import { createLoop, type Loop } from '@halftone/service-kit'
import { createFeeder } from './feed-pools.ts'
import type { Parts } from './parts.ts'
import { planJobs } from './plan-jobs.ts'
import { createRebalancer } from './rebalance.ts'
import { recoverJobs } from './recover-jobs.ts'

export interface Loops {
  all: readonly Loop[]
  /** An account was stopped: what waits for it may be late. */
  wakeRebalance(): void
  /** There may be jobs to plan, or room in a queue. */
  wakeWork(): void
  /** Prices or health changed. */
  wakeAll(): void
}

/** The leader's loops. What one leaves to another wakes that one; the beats are for lost hints. */
export function createLoops(parts: Parts): Loops {
  const { log } = parts
  const feeder = createFeeder(parts)
  const rebalancer = createRebalancer(parts)
  const plan = createLoop({
    name: 'plan jobs',
    spacingMs: 30,
    beatMs: 1_000,
    log,
    async work() {
      const next = await planJobs(parts)
      feed.wake()
      return next
    },
  })
  const feed = createLoop({
    name: 'feed pools',
    spacingMs: 30,
    beatMs: 500,
    log,
    async work() {
      const { next, returned } = await feeder.feed()
      if (returned > 0) plan.wake()
      return next
    },
  })
  const rebalance = createLoop({
    name: 'rebalance',
    spacingMs: 30,
    beatMs: 1_000,
    log,
    async work() {
      if ((await rebalancer.rebalance()) > 0) {
        plan.wake()
        feed.wake()
      }
      return undefined
    },
  })
  const recover = createLoop({
    name: 'recover jobs',
    spacingMs: 1_000,
    beatMs: 1_000,
    log,
    work: () => recoverJobs(parts),
  })
  const wakeWork = () => {
    plan.wake()
    feed.wake()
  }
  return {
    all: [plan, feed, rebalance, recover],
    wakeRebalance: rebalance.wake,
    wakeWork,
    wakeAll() {
      wakeWork()
      rebalance.wake()
    },
  }
}
