/** How far a run is, from 0 to 1: what is scheduled at a part of it happens then. */
export interface RunClock {
  until(part: number): Promise<void>
  stop(): void
}

const tickMs = 100
/** However little gets done, the clock does not stand longer than this; then it goes on for a moment. */
const standingMsMax = 6_000
const goingMs = 2_000
/** The clock runs ahead of the work by this much. */
const lead = 0.2

/**
 * Runs by time, but waits for the work on a slow machine: else all faults would be over before most jobs begin. `done`:
 * the part of the work that is done.
 */
export function createRunClock(options: { horizonMs: number; done(): number }): RunClock {
  const { horizonMs, done } = options
  const waiting: { part: number; resolve(): void }[] = []
  let part = 0
  let stoodMs = 0
  let freeMs = 0
  const timer = setInterval(() => {
    freeMs = Math.max(0, freeMs - tickMs)
    if (part > done() + lead && freeMs === 0) {
      stoodMs += tickMs
      if (stoodMs < standingMsMax) return
      stoodMs = 0
      freeMs = goingMs
    }
    part = Math.min(1, part + tickMs / horizonMs)
    for (const one of waiting.filter((each) => each.part <= part)) {
      waiting.splice(waiting.indexOf(one), 1)
      one.resolve()
    }
  }, tickMs)
  return {
    until(wanted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ part: Math.min(1, wanted), resolve })
      return promise
    },
    stop: () => clearInterval(timer),
  }
}
