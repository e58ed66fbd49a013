import type { QualityBook, QualityFloor, QualityScore } from '@halftone/contracts'

export interface QualityRecord extends QualityScore {
  version: number
  /** Since when another one holds in its place; null: it is the current one. */
  replaced_at: string | null
}

/** What was measured of models, and the floors that follow from it: versioned, nothing is overwritten. */
export interface QualityStore {
  current(): Promise<QualityBook>
  /** Each takes the place of the current score of its model, content type and method. The same again changes nothing. */
  record(scores: readonly QualityScore[]): Promise<void>
  /** Throws `not_found` for an unknown project. */
  setFloors(floors: readonly QualityFloor[]): Promise<void>
  /** Newest first, those that were replaced included. */
  history(limit: number): Promise<QualityRecord[]>
}
