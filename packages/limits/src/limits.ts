/** What one account at a provider allows. */
export interface AccountLimits {
  requestsPerMinute: number
  imagesPerMinute?: number | undefined
  /** In any 24 hours. */
  requestsPerDay?: number | undefined
  /** Calls under way at once, over all processes. */
  concurrent?: number | undefined
}

/** A place among the calls of an account, and its turn. Kept alive by this process until it is ended or given back. */
export interface Lease {
  account: string
  id: string
  /** Microseconds of the Redis server's clock, when it was granted. */
  grantedAt: number
}

export type Slot =
  /** Yours; make the call after `waitMs`, once `confirm` has let it go. */
  | { kind: 'granted'; waitMs: number; lease: Lease }
  /** Nothing within `maxWaitMs`; ask again after `retryMs`. Took nothing. */
  | { kind: 'later'; retryMs: number }

/** How an account is doing now. */
export interface AccountState {
  /** How long nobody may call it yet, since the provider said so or the day's requests are used up; else 0. */
  stoppedMs: number
  /** 0..1: the part of its limits that is used for now, lowered by refusals and after a loss of Redis. */
  share: number
}

export interface TakeOptions {
  /** Pictures that the call makes. Default 1. */
  images?: number
  maxWaitMs: number
  /** At the even rate, without the burst, which stays for calls of others. */
  paced?: boolean
}

/**
 * Rate limits per account, shared by all processes: requests and pictures a minute, requests a day, calls at once; taken
 * together or not at all. In Redis, by Redis time, so that clocks do not matter. No window of a minute, wherever it
 * begins, holds more than the limit; losing Redis costs at most one burst.
 */
export interface RateLimits {
  /** Reserves a slot at most `maxWaitMs` from now, and a place among the calls under way. */
  take(account: string, limits: AccountLimits, options: TakeOptions): Promise<Slot>
  /** Right before the call, after the wait: 0 = go. Else the account was stopped meanwhile: the lease is given back, ask again after so many ms. */
  confirm(lease: Lease): Promise<number>
  /** No call was made of it: the slot is free again, if nobody took one after it. */
  giveBack(lease: Lease): Promise<void>
  /** The call is over and its place is free. `answered`: it was let in, however it ended. */
  end(lease: Lease, answered: boolean): Promise<void>
  /**
   * The provider refused the call: "wait". Nobody calls the account before then (null: it did not say how long, so longer
   * each time), which is only ever extended; and from then on at half the rate, which comes back by itself. Refusals of
   * calls that were out already when the rate was lowered lower it no further.
   */
  refused(lease: Lease, limits: AccountLimits, retryAfterMs: number | null): Promise<void>
  /** What the provider says is left, in whatever answer. Only ever makes calls later. */
  heard(
    account: string,
    limits: AccountLimits,
    left: { remaining: number; resetMs: number | null },
  ): Promise<void>
  states(accounts: readonly string[]): Promise<Map<string, AccountState>>
}
