import type { PriceRule } from '@halftone/contracts'

type Refresh =
  | { kind: 'unchanged' }
  /** All that the source says now. `etag` names this state; null where the source has none. */
  | { kind: 'rules'; rules: PriceRule[]; etag: string | null }

/** Where prices come from: one provider's own feed, or a file that somebody edits. */
export interface PriceSource {
  id: string
  intervalMs: number
  /** Reads the source once; throws when it does not answer or cannot be understood. */
  poll(previousEtag: string | null): Promise<Refresh>
}
