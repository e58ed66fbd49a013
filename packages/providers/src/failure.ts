import type { ProviderErrorCode } from '@halftone/contracts'
import { type Billed, ProviderError, type Usage } from './image-provider.ts'

const sentences: Record<ProviderErrorCode, (provider: string) => string> = {
  invalid_request: (provider) => `${provider} does not accept the request as it is`,
  content_policy: (provider) => `${provider} refused the content`,
  provider_auth: (provider) => `${provider} refused our key`,
  provider_out_of_credit: (provider) => `Our account at ${provider} has no credit`,
  provider_config: (provider) => `${provider} cannot be reached in the way the catalogue says`,
  rate_limited: (provider) => `${provider} asks us to wait`,
  provider_down: (provider) => `${provider} is down or out of reach`,
  bad_answer: (provider) => `${provider} answered with something that is not the picture`,
  outcome_unknown: (provider) => `The call to ${provider} was cut: it may have been paid`,
}

interface Detail {
  billed: Billed
  retryAfterMs?: number | null
  status?: number | null
  usage?: Usage | null
  cause?: unknown
}

/** A provider's failure in a sentence fit for the caller; what the provider itself said goes into `cause`. */
export function failure(provider: string, code: ProviderErrorCode, detail: Detail): ProviderError {
  return new ProviderError(code, sentences[code](provider), detail)
}

/** The catalogue asks for something that the adapter cannot say on this wire. Nothing was sent. */
export function unsendable(provider: string, what: string): ProviderError {
  return failure(provider, 'provider_config', { billed: 'no', cause: new Error(what) })
}
