/** What one account at a provider allows. */
export interface AccountLimits {
  requestsPerMinute: number
}

export type Slot =
  /** Yours; make the call after `waitMs`. */
  | { kind: 'granted'; waitMs: number }
  /** Nothing within `maxWaitMs`; ask again after `retryMs`. Took nothing. */
  | { kind: 'later'; retryMs: number }

/**
 * Rate limits per account, shared by all processes: GCRA in Redis, by Redis time, so that clocks do not matter.
 * Losing Redis costs at most one burst.
 */
export interface RateLimits {
  /**
   * Reserves a slot for a call of `weight` requests, at most `maxWaitMs` from now. `paced`: at the even rate, without
   * the burst, which stays for calls of others.
   */
  take(
    account: string,
    limits: AccountLimits,
    options: { weight: number; maxWaitMs: number; paced?: boolean },
  ): Promise<Slot>
  /** The provider said "wait": nobody calls this account before then. Only ever extends. */
  block(account: string, ms: number): Promise<void>
}
