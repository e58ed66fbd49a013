/** What we use of opossum 10; the published types are of version 8. */
declare module 'opossum' {
  import type { EventEmitter } from 'node:events'

  interface CircuitOptions {
    timeout: number | false
    resetTimeout: number
    errorThresholdPercentage: number
    volumeThreshold: number
    rollingCountTimeout: number
    rollingCountBuckets: number
    rollingPercentilesEnabled: boolean
    enableSnapshots: boolean
    /** Its "rotate" moves the window on by one bucket. */
    rotateBucketController: EventEmitter
  }

  export default class CircuitBreaker<Args extends unknown[], Result> extends EventEmitter {
    constructor(action: (...args: Args) => Promise<Result>, options: CircuitOptions)
    /** Rejects with what the action rejected with, or with an error of its own while it is open. */
    fire(...args: Args): Promise<Result>
    readonly opened: boolean
    shutdown(): void
  }
}
