import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema, type WireError } from './wire.ts'

/** Every answer but 200 ends here. */
export function openaiError(answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)?.error ?? null
  const verdict = (wire && verdictOfWire(wire)) ?? verdictOfStatus(answer.status, wire !== null)
  return answerError('OpenAI', answer, verdict)
}

/** The code tells more than the status: 400 may be a refusal or an empty account, 429 an empty account too. */
export function verdictOfWire({ code, moderation_details }: WireError): Verdict | null {
  const verdict = code ? verdictOfCode(code) : null
  // Blocked before the work: free. A picture that was made and then withheld may be billed: nobody says.
  const withheld = verdict?.code === 'content_policy' && moderation_details?.moderation_stage === 'output'
  return withheld ? { code: 'content_policy', billed: 'unknown' } : verdict
}

/** What these words mean is the same wherever they are used. */
export function verdictOfCode(code: string): Verdict | null {
  switch (code) {
    case 'moderation_blocked':
    case 'content_policy_violation':
      return { code: 'content_policy', billed: 'no' }
    case 'insufficient_quota':
    case 'billing_hard_limit_reached':
      return { code: 'provider_out_of_credit', billed: 'no' }
    case 'model_not_found':
      return { code: 'provider_config', billed: 'no' }
    default:
      return null
  }
}
