import { failure } from './failure.ts'
import { type Billed, ProviderError } from './image-provider.ts'

/** The same failure with another word on the bill. */
export function rebilled(provider: string, error: ProviderError, billed: Billed): ProviderError {
  const code = error.code === 'outcome_unknown' ? 'provider_down' : error.code
  const { retryAfterMs, status, cause } = error
  return failure(provider, code, { billed, retryAfterMs, status, cause })
}

/** Asking failed, which says nothing of the call: it may still run, and be billed. */
export function stillUnknown(provider: string, error: unknown): unknown {
  return error instanceof ProviderError ? rebilled(provider, error, 'unknown') : error
}
