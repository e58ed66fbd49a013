import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema, type WireError } from './wire.ts'

/** Every answer but 200 ends here. 529 is theirs for "overloaded": nothing was made. */
export function anthropicError(answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)?.error ?? null
  const verdict = (wire && verdictOfType(wire)) ?? verdictOfStatus(answer.status, wire !== null)
  return answerError('Anthropic', answer, verdict)
}

function verdictOfType({ type, message }: WireError): Verdict | null {
  switch (type) {
    case 'billing_error':
      return { code: 'provider_out_of_credit', billed: 'no' }
    case 'invalid_request_error':
      // An empty account is a bad request here, told by its words alone.
      return /credit balance is too low/i.test(message)
        ? { code: 'provider_out_of_credit', billed: 'no' }
        : null
    default:
      return null
  }
}
