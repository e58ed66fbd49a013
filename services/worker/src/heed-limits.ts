import type { AccountLimits, Lease } from '@halftone/limits'
import { type ImageProvider, ProviderError, type Throttle } from '@halftone/providers'
import { accountLimits } from './account-limits.ts'
import type { Dependencies } from './dependencies.ts'

export interface HeededCall {
  provider: ImageProvider
  /** The lease is not needed any more: the place is freed, or the whole slot if no call was made. */
  free(): void
}

/**
 * The provider, told on: whether the call was made, and at once when it was told to wait, so that the others hear of it
 * before anything is booked. Losing Redis here costs a few calls that are told to wait.
 */
export function heedLimits(
  provider: ImageProvider,
  lease: Lease,
  allowed: AccountLimits,
  { limits, log }: Pick<Dependencies, 'limits' | 'log'>,
): HeededCall {
  let made = false
  let answered = true
  const tell = (what: Promise<void>) =>
    what.catch((error: unknown) =>
      log.warn({ err: error, account: lease.account }, 'could not correct a rate limit'),
    )
  return {
    provider: {
      ...provider,
      async start(call) {
        made = true
        try {
          return await provider.start(call)
        } catch (error) {
          if (error instanceof ProviderError && error.code === 'rate_limited') {
            answered = false
            await tell(limits.refused(lease, allowed, error.retryAfterMs))
          }
          throw error
        }
      },
    },
    free: () => void tell(made ? limits.end(lease, answered) : limits.giveBack(lease)),
  }
}

/** Hears what providers say is left of their limits. Of tokens only their end matters: we do not count them. */
export function heedThrottles({
  limits,
  limitsOf,
  log,
}: Pick<Dependencies, 'limits' | 'limitsOf' | 'log'>): (provider: string, throttle: Throttle) => void {
  return (provider, { remaining, resetMs, scope }) => {
    if (remaining === null || (scope === 'tokens' && remaining > 0)) return
    limits
      .heard(provider, accountLimits(limitsOf(provider)), { remaining, resetMs })
      .catch((error: unknown) =>
        log.warn({ err: error, account: provider }, 'could not correct a rate limit'),
      )
  }
}
