import type { BookedRule, PriceRule } from '@halftone/contracts'
import type { PaidCall, PriceChange, PriceEvents, PriceQuarantine, PriceSources } from '../price-records.ts'

export interface PriceStore {
  /** With how old each provider's prices are, where a source sets them: since that last answered. */
  current(): Promise<{
    version: number
    rules: BookedRule[]
    sources: { providers: string[]; ageMs: number }[]
  }>
  /**
   * Writes the rules that differ from the current ones as new versions, in one transaction; answers what changed. `judgedAt`
   * is the version of the book by which they were judged: a rule that somebody changed since then is left as it is.
   */
  put(rules: PriceRule[], judgedAt?: number): Promise<PriceChange[]>
  history(ruleId: string, limit: number): Promise<(BookedRule & { from: Date; until: Date | null })[]>
  /** Versions of all rules that fit, newest first. `model`: its name or provider/model; `before`: only older versions. */
  versions(filter: {
    ruleId?: string
    provider?: string
    model?: string
    before?: number
    limit: number
  }): Promise<(BookedRule & { from: Date; until: Date | null })[]>
  /** `digest`: of all that it said, so that a feed that stands still can be told. */
  sourceChecked(
    source: string,
    result: { changed: boolean; error: string | null; digest?: string | null },
  ): Promise<void>
  sources: PriceSources
  quarantine: PriceQuarantine
  events: PriceEvents
  /** The newest paid calls, newest first. */
  paidCalls(limit: number): Promise<PaidCall[]>
}
