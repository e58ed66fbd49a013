import type { Outcome, ProviderErrorCode } from '@halftone/contracts'
import type { ProviderError } from '@halftone/providers'

/**
 * What becomes of an attempt whose call failed.
 * `failed`: the job ends; `owed`: the provider charges for it all the same.
 * `released`: not paid, so the job may be planned again, without what is to be avoided; `blockMs`: the account is to be
 * left alone for so long.
 * `unknown`: may have been paid; `mayRebuy`: another call might get the picture, if the caller's policy pays for it.
 */
type End =
  | { kind: 'failed'; owed: boolean }
  | { kind: 'released'; avoid: 'provider' | 'model' | null; blockMs: number | null }
  | { kind: 'unknown'; mayRebuy: boolean }
/** `health`: whether it speaks against the provider. */
type Verdict = End & { health: Exclude<Outcome['verdict'], 'ok'> }

/** Where the provider says "wait" but not how long. */
const blockMsDefault = 1_000

/** Decides by what was billed first, since money rules, then by code. */
export function verdictOf(error: Pick<ProviderError, 'code' | 'billed' | 'retryAfterMs'>): Verdict {
  const health = healthOf(error.code)
  switch (error.billed) {
    case 'unknown':
      return { kind: 'unknown', mayRebuy: health === 'fault', health }
    case 'yes':
      return { kind: 'failed', owed: true, health }
    case 'no':
      return verdictOfFree(error.code, error.retryAfterMs)
  }
}

function verdictOfFree(code: ProviderErrorCode, retryAfterMs: number | null): Verdict {
  const health = healthOf(code)
  switch (code) {
    case 'invalid_request':
    case 'content_policy':
      return { kind: 'failed', owed: false, health }
    case 'provider_auth':
    case 'provider_out_of_credit':
      return { kind: 'released', avoid: 'provider', blockMs: null, health }
    case 'rate_limited':
      return { kind: 'released', avoid: null, blockMs: retryAfterMs ?? blockMsDefault, health }
    case 'provider_config':
    case 'provider_down':
    case 'bad_answer':
    case 'outcome_unknown':
      return { kind: 'released', avoid: 'model', blockMs: null, health }
  }
}

/** Whether a failure speaks against the provider. */
export function healthOf(code: ProviderErrorCode): Verdict['health'] {
  switch (code) {
    case 'invalid_request':
    case 'content_policy':
    case 'rate_limited':
      return 'neutral'
    case 'provider_auth':
    case 'provider_out_of_credit':
    case 'provider_config':
    case 'provider_down':
    case 'bad_answer':
    case 'outcome_unknown':
      return 'fault'
  }
}
