import { failure } from './failure.ts'
import { ProviderError } from './image-provider.ts'

/** Asking for the end of a call failed, which says nothing of the call: it may still run, and be billed. */
export function endNotKnown(provider: string, error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error
  const code = error.code === 'outcome_unknown' ? 'provider_down' : error.code
  const { retryAfterMs, status, cause } = error
  return failure(provider, code, { billed: 'unknown', retryAfterMs, status, cause })
}
