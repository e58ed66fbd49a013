import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import { type HttpAnswer, header } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema } from './wire.ts'

/** The edge gave up waiting for the work; the work may go on. */
const edgeTimeout = 524

/** Every answer without pictures ends here, also a 200 that holds an error. */
export function openrouterError(answer: HttpAnswer): ProviderError {
  const error = readJson(answer, errorAnswerSchema)?.error ?? null
  const status = error?.code ?? answer.status
  return answerError('OpenRouter', answer, verdictOf(status, error), secondsToReset(answer))
}

function verdictOf(
  status: number,
  error: { metadata?: { reasons?: string[] | null } | null } | null,
): Verdict {
  // 403 is a key without permission, unless it says what was moderated.
  if (status === 403 && error?.metadata?.reasons) return { code: 'content_policy', billed: 'no' }
  if (status === edgeTimeout) return { code: 'outcome_unknown', billed: 'unknown' }
  return verdictOfStatus(status, error !== null)
}

/** `X-RateLimit-Reset` is a time in epoch ms. */
function secondsToReset(answer: HttpAnswer): number | undefined {
  const reset = Number(header(answer, 'x-ratelimit-reset') ?? Number.NaN)
  return Number.isFinite(reset) ? Math.max(0, reset - Date.now()) / 1_000 : undefined
}
