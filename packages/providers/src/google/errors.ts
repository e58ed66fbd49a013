import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema, type WireError } from './wire.ts'

/** Every answer but 200 ends here. The wait stands in the details, never in a header. */
export function googleError(answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)?.error ?? null
  const verdict = (wire && verdictOfError(wire)) ?? verdictOfStatus(answer.status, wire !== null)
  return answerError('Google', answer, verdict, wire ? waitSecondsOf(wire) : undefined)
}

/** The status word and its details tell more than the number: 400 may be a wrong key, 429 a day's quota. */
function verdictOfError(wire: WireError): Verdict | null {
  if (wire.details?.some(({ reason }) => reason === 'API_KEY_INVALID')) return notBilled('provider_auth')
  switch (wire.status) {
    case 'FAILED_PRECONDITION':
      // "Not in your region", "billing is off": nothing that another wording of the request would cure.
      return notBilled('provider_config')
    case 'RESOURCE_EXHAUSTED':
      return notBilled(isDailyQuota(wire) ? 'provider_out_of_credit' : 'rate_limited')
    case 'CANCELLED':
      return { code: 'outcome_unknown', billed: 'unknown' }
    default:
      return null
  }
}

function isDailyQuota({ details }: WireError): boolean {
  const violations = details?.flatMap((detail) => detail.violations ?? []) ?? []
  return violations.some(({ quotaId }) => quotaId?.includes('PerDay'))
}

/** A duration as Google writes it: "37s", "1.500s". */
function waitSecondsOf({ details }: WireError): number | undefined {
  const delay = details?.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delay ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

function notBilled(code: Verdict['code']): Verdict {
  return { code, billed: 'no' }
}
