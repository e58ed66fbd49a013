import type { ProviderLimits } from '@halftone/contracts'
import type { AccountLimits } from '@halftone/limits'

/** What the catalogue and the operator say of a provider, as the limiter wants it. */
export function accountLimits(limits: ProviderLimits): AccountLimits {
  return {
    requestsPerMinute: limits.requests_per_minute,
    imagesPerMinute: limits.images_per_minute,
    requestsPerDay: limits.requests_per_day,
    concurrent: limits.concurrent,
  }
}
