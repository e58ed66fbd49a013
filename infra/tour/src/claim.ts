import type { Desk } from './desk.ts'
import type { Reckoner } from './reckoner.ts'

/** What a claim rests on: the stack that runs, or the same routing and prices worked out in this process. */
type Ground = 'live' | 'reckoned'

export interface Finding {
  /** The call that was made, as a person would write it. */
  call: string
  /** What came of it, with its figures. */
  found: string
  holds: boolean
  /** Where the guide contradicts itself, or leaves open what it would take. */
  doubt?: string
}

/** One thing that the guide says, in words of our own, and how it is shown. */
export interface Claim {
  says: string
  ground: Ground
  show(parts: { desk: Desk; reckoner: Reckoner }): Promise<Finding>
}
