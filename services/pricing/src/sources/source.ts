import type { PriceRule } from '@halftone/contracts'
import type { PriceSourceRole } from '@halftone/ledger'

/** The day on which a model stops answering, where a feed says that and no price. */
export interface Retirement {
  provider: string
  model: string
  /** ISO date. */
  on: string
}

export type Refresh =
  | { kind: 'unchanged' }
  /** All that the source says now. `etag` names this state; null where the source has none. */
  | { kind: 'rules'; rules: PriceRule[]; retirements?: Retirement[]; etag: string | null }

/** Where prices come from: one provider's own feed, or a file that somebody edits. */
export interface PriceSource {
  id: string
  role: PriceSourceRole
  /** Whose prices it may set; null = any provider's. */
  providers: readonly string[] | null
  intervalMs: number
  /** A feed that says the same for this long stands still, whatever it answers. null: it may. */
  frozenAfterMs?: number | null
  /** Reads the source once; throws when it does not answer or cannot be understood. */
  poll(previousEtag: string | null): Promise<Refresh>
}
