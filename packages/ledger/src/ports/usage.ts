import type { Nano, UsageDimension } from '@halftone/contracts'

export interface UsageQuery {
  /** Jobs that ended from here to before there. */
  from: Date
  to: Date
  groupBy: readonly UsageDimension[]
  /** Of simulated money, or of real: the two are never added up. */
  simulated: boolean
  rowsMax: number
}

export interface UsageSums {
  jobs: number
  succeeded: number
  images: number
  cost: Nano
  /** What the jobs that have a baseline would have cost by it, and what was saved against it. */
  baseline: Nano
  savings: Nano
  /** What jobs cost less than at the cheapest model that is good enough at every content type. */
  affinitySavings: Nano
  /** Held for calls whose outcome nobody knows: it may turn out to have been spent. */
  unknownHeld: Nano
}

export interface UsageRow extends UsageSums {
  /** In the order of `groupBy`; null: it has none. */
  group: (string | null)[]
}

export interface Usage {
  /** Dearest first; by day: oldest first. `total` is of all rows, shown or not. */
  sum(projectId: string, query: UsageQuery): Promise<{ rows: UsageRow[]; total: UsageSums }>
}
