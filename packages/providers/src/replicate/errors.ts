import { answerError, verdictOfStatus } from '../answer-error.ts'
import { failure } from '../failure.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { rebilled, stillUnknown } from '../rebilled.ts'
import { errorAnswerSchema, type Prediction } from './wire.ts'

/** Every answer but success ends here. */
export function replicateError(answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)
  return answerError('Replicate', answer, verdictOfStatus(answer.status, wire !== null), wire?.retry_after)
}

/** A run's failure is a sentence: only its text tells a refusal from a fault. */
const refusal = /\bNSFW\b|\bE005\b|flagged as sensitive/i

/**
 * A prediction that ended without a picture. Official models are billed by output: no output, no bill.
 * `aborted` ended before it began.
 */
export function endedWithoutPicture(prediction: Prediction): ProviderError {
  const { id, status, error } = prediction
  const refused = status === 'failed' && refusal.test(error ?? '')
  return failure('Replicate', refused ? 'content_policy' : 'provider_down', {
    billed: 'no',
    cause: new Error(`prediction ${id} ${status}: ${error ?? 'no reason given'}`),
  })
}

/** Asking failed, which says nothing of the prediction: it may still run, and be billed. */
export function endNotKnown(error: unknown): unknown {
  return stillUnknown('Replicate', error)
}

/** An upload costs nothing, however it fails. */
export function uploadFailed(answer: HttpAnswer): ProviderError {
  return rebilled('Replicate', replicateError(answer), 'no')
}
