import type { BreakerState, Random } from '@halftone/contracts'

const openMsFirst = 10_000
const openMsMax = 120_000
const successesToClose = 2

/**
 * Opens on demand, lets a little traffic through after a while (half open), closes after two good calls, opens again
 * for twice as long at a fault. Chance spreads the ends, so that models that failed together do not come back together.
 */
export interface Breaker {
  state(now: number): BreakerState
  open(now: number): void
  close(): void
  /** A judged call. Counts only in half open, and only if it began since: older ones tell of the trouble before. Answers whether it closed the breaker. */
  judge(good: boolean, startedAt: number, now: number): boolean
  /** When it turns half open; null unless it is open. */
  opensUntil(now: number): number | null
}

export function createBreaker(random: Random): Breaker {
  let until: number | null = null
  let openMs = 0
  let successes = 0

  const stateAt = (now: number): BreakerState =>
    until === null ? 'closed' : now < until ? 'open' : 'half_open'
  const breaker: Breaker = {
    state: stateAt,
    open(now) {
      if (stateAt(now) === 'open') return
      openMs = openMs === 0 ? openMsFirst : Math.min(openMs * 2, openMsMax)
      until = now + openMs * (0.8 + 0.4 * random())
      successes = 0
    },
    close() {
      until = null
      openMs = 0
    },
    judge(good, startedAt, now) {
      if (until === null || now < until || startedAt < until) return false
      if (!good) breaker.open(now)
      else if (++successes === successesToClose) {
        breaker.close()
        return true
      }
      return false
    },
    opensUntil: (now) => (stateAt(now) === 'open' ? until : null),
  }
  return breaker
}
