import type { Clock } from '@halftone/contracts'
import type { AccountState, RateLimits } from '@halftone/limits'
import { createLoop, type Logger, type Loop } from '@halftone/service-kit'

export interface LimitWatch extends Loop {
  /** As it was last read; a stop passes by itself. */
  stateOf(pool: string): AccountState
}

const everyMs = 250
/** A shorter stop is over before anything could be done about it. */
const stopToTellMs = 1_000

/** Follows how the accounts are doing: stopped, slowed down or well. Redis away: as they were, and stops pass. */
export function createLimitWatch(options: {
  limits: Pick<RateLimits, 'states'>
  pools: readonly string[]
  clock: Clock
  /** A stop began. */
  onStop(): void
  log: Logger
}): LimitWatch {
  const { limits, pools, clock, onStop, log } = options
  const known = new Map<string, { stoppedUntil: number; share: number }>()
  const loop = createLoop({
    name: 'watch limits',
    spacingMs: everyMs,
    beatMs: everyMs,
    log,
    async work() {
      const states = await limits.states(pools)
      let stops = false
      for (const [pool, { stoppedMs, share }] of states) {
        const before = (known.get(pool)?.stoppedUntil ?? 0) - clock()
        stops ||= stoppedMs >= stopToTellMs && stoppedMs > before + stopToTellMs
        known.set(pool, { stoppedUntil: clock() + stoppedMs, share })
      }
      if (stops) onStop()
      return undefined
    },
  })
  return {
    ...loop,
    stateOf(pool) {
      const { stoppedUntil = 0, share = 1 } = known.get(pool) ?? {}
      return { stoppedMs: Math.max(0, stoppedUntil - clock()), share }
    },
  }
}
