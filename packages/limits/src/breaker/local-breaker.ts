import { EventEmitter } from 'node:events'
import type { Clock, Random } from '@halftone/contracts'
import CircuitBreaker from 'opossum'

const faultsInRowToTrip = 5
const windowMs = 120_000
const buckets = 24
const successesToClose = 2
/** Longer than any process waits: opossum's own half-open, one probe per process and no memory, is not used. */
const never = 2 ** 31 - 1

export interface ResetTimes {
  firstMs: number
  maxMs: number
}

/** What one process knows of one breaker from its own calls. Time and chance are handed in. */
export interface LocalBreaker {
  /** A finished call that was judged. Resolves to whether it tripped the breaker just now. */
  record(good: boolean): Promise<boolean>
  /** `half_open`: one call of this process may try; say so by `tryOut`. */
  state(): 'closed' | 'open' | 'half_open'
  /** Takes this process's one try; false: another has it. */
  tryOut(): boolean
  /** The try ended without a verdict. */
  letGo(): void
  /** The fleet decided otherwise: everything that was counted is forgotten. */
  reset(): void
  stop(): void
}

/**
 * Opossum's arithmetic, fed after each call, so that start and end fall into one bucket however long the call took:
 * more than half faults among at least eight calls of two minutes. Five faults in a row trip it too.
 */
export function createLocalBreaker(options: {
  rotation: EventEmitter
  clock: Clock
  random: Random
  reset: ResetTimes
}): LocalBreaker {
  const { rotation, clock, random, reset } = options
  let circuit = createCircuit(rotation)
  let streak = 0
  let openMs = 0
  let until: number | null = null
  let successes = 0
  let trying = false
  let counting: Promise<unknown> = Promise.resolve()

  const stateNow = () => (until === null ? 'closed' : clock() < until ? 'open' : 'half_open')
  const forget = () => {
    circuit.shutdown()
    circuit = createCircuit(rotation)
    streak = 0
    successes = 0
    trying = false
    until = null
  }
  const trip = () => {
    forget()
    openMs = openMs === 0 ? reset.firstMs : Math.min(openMs * 2, reset.maxMs)
    until = clock() + openMs * spread(random)
  }

  const judgeTry = (good: boolean): boolean => {
    trying = false
    if (!good) trip()
    else if (++successes === successesToClose) {
      forget()
      openMs = 0
    }
    return !good
  }
  const count = async (good: boolean): Promise<boolean> => {
    const state = stateNow()
    // calls that began before it tripped tell of the same trouble again
    if (state !== 'closed') return state === 'half_open' && trying ? judgeTry(good) : false
    streak = good ? 0 : streak + 1
    await circuit.fire(good).catch(() => {})
    if (!circuit.opened && streak < faultsInRowToTrip) return false
    trip()
    return true
  }
  return {
    record(good) {
      // one after the other: opossum counts a call at its start and its fault at its end
      const counted = counting.then(() => count(good))
      counting = counted
      return counted
    },
    state: stateNow,
    tryOut() {
      if (trying || stateNow() !== 'half_open') return false
      trying = true
      return true
    },
    letGo() {
      trying = false
    },
    reset() {
      forget()
      openMs = 0
    },
    stop: () => circuit.shutdown(),
  }
}

/** Moves the windows of all breakers of a process on together. */
export function createRotation(): { rotation: EventEmitter; everyMs: number } {
  return { rotation: new EventEmitter().setMaxListeners(0), everyMs: windowMs / buckets }
}

/** So that breakers that opened together do not come back together. */
export function spread(random: Random): number {
  return 0.8 + 0.4 * random()
}

function createCircuit(rotation: EventEmitter): CircuitBreaker<[boolean], void> {
  const verdict = async (good: boolean) => {
    if (!good) throw new Error('a call failed')
  }
  return new CircuitBreaker(verdict, {
    timeout: false,
    resetTimeout: never,
    errorThresholdPercentage: 50,
    volumeThreshold: 8,
    rollingCountTimeout: windowMs,
    rollingCountBuckets: buckets,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    rotateBucketController: rotation,
  })
}
