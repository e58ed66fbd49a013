import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema, type WireError } from './wire.ts'

/** The page of the rate limit: more than 150 requests in 10 s locks the account out for 60 s. No header says so. */
const lockOutSeconds = 60

/** Every answer but 200 ends here. "You will not be charged for failed generations." */
export function stabilityError(answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)
  const verdict = (wire && verdictOfName(wire)) ?? verdictOfStatus(answer.status, wire !== null)
  return answerError('Stability', answer, verdict, lockOutSeconds)
}

function verdictOfName(wire: WireError): Verdict | null {
  switch (wire.name) {
    // Comes with 403, which says "wrong key" anywhere else.
    case 'content_moderation':
    case 'public_figure':
      return { code: 'content_policy', billed: 'no' }
    case 'payment_required':
      return { code: 'provider_out_of_credit', billed: 'no' }
    default:
      return null
  }
}
