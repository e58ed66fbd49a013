import type { ProviderErrorCode } from '@halftone/contracts'
import { failure } from './failure.ts'
import type { HttpAnswer } from './http.ts'
import type { Billed, ProviderError } from './image-provider.ts'
import { readThrottle } from './throttle.ts'

export interface Verdict {
  code: ProviderErrorCode
  billed: Billed
}

/**
 * What a status other than success says by itself. `own`: the body is a complete error in the provider's documented
 * shape, so the provider itself ended the request; anything else may come from a gateway that gave up on a request
 * which still runs. See docs/decisions/2026-11-22-error-answers-and-billing.md.
 */
export function verdictOfStatus(status: number, own: boolean): Verdict {
  if (status >= 500) return status !== 504 && own ? notBilled('provider_down') : cut
  if (status >= 400) return verdictOfRefusal(status)
  return verdictOfRedirect(status)
}

function verdictOfRefusal(status: number): Verdict {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return notBilled('provider_auth')
    case 402:
      return notBilled('provider_out_of_credit')
    case 404:
    case 405:
    case 410:
      return notBilled('provider_config')
    case 408:
      return cut
    case 409:
    case 425:
      return notBilled('provider_down')
    case 429:
      return notBilled('rate_limited')
    default:
      return notBilled('invalid_request')
  }
}

function verdictOfRedirect(status: number): Verdict {
  switch (status) {
    // "Send it elsewhere": a wrong base URL. 303 may follow a finished POST, so it stays unknown.
    case 301:
    case 302:
    case 307:
    case 308:
      return notBilled('provider_config')
    default:
      return { code: 'bad_answer', billed: 'unknown' }
  }
}

const cut: Verdict = { code: 'outcome_unknown', billed: 'unknown' }

function notBilled(code: ProviderErrorCode): Verdict {
  return { code, billed: 'no' }
}

/**
 * Turns an answer that is not the picture into the error to throw. `waitSeconds`: the wait that the provider's documents
 * name, where its answer names none that this reads.
 */
export function answerError(
  provider: string,
  answer: HttpAnswer,
  verdict: Verdict,
  waitSeconds?: number,
): ProviderError {
  const limited = verdict.code === 'rate_limited'
  return failure(provider, verdict.code, {
    billed: verdict.billed,
    status: answer.status,
    retryAfterMs: limited ? readThrottle(answer, Date.now(), waitSeconds).retryAfterMs : null,
    cause: new Error(`HTTP ${answer.status}: ${excerpt(answer.body)}`),
  })
}

/** The body was read in full and makes no sense where a picture was due. */
export function unreadable(provider: string, answer: HttpAnswer, cause?: unknown): ProviderError {
  return failure(provider, 'bad_answer', {
    billed: 'unknown',
    status: answer.status,
    cause: cause ?? new Error(`HTTP ${answer.status}: ${excerpt(answer.body)}`),
  })
}

function excerpt(body: Buffer): string {
  const start = body.subarray(0, 2_000)
  return start.includes(0) ? `${body.length} bytes that are not text` : start.toString()
}
