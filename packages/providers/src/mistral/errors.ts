import { answerError, verdictOfStatus } from '../answer-error.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema } from './wire.ts'

/** Every answer but 200 ends here. Mistral's statuses mean what they say. */
export function mistralError(answer: HttpAnswer): ProviderError {
  const own = readJson(answer, errorAnswerSchema) !== null
  return answerError('Mistral', answer, verdictOfStatus(answer.status, own))
}
