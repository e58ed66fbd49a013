import type { PoolState } from '@halftone/contracts'

export interface PoolRow {
  pool: string
  state: PoolState
  since: Date
}

export interface Pools {
  /** Those that the operator ever said something of; every other pool is active. */
  list(): Promise<PoolRow[]>
  /** The same word again changes nothing; a drained pool that is to be drained stays drained. */
  set(pool: string, state: Exclude<PoolState, 'drained'>): Promise<PoolRow>
  /** draining → drained, where nothing is ticketed or running any more. Answers which. */
  settleDrained(): Promise<string[]>
}
