import type { ProviderErrorCode } from '@halftone/contracts'
import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import { failure } from '../failure.ts'
import { type HttpAnswer, header } from '../http.ts'
import type { ProviderError, Usage } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema, type WireError } from './wire.ts'

const provider = 'fal'

/** Every answer to a submit, a status or a cancel that is no success ends here. */
export function falError(answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)
  const verdict = (wire && verdictOfDetail(wire)) ?? verdictOfStatus(answer.status, wire !== null)
  return answerError(provider, answer, verdict)
}

function verdictOfDetail({ detail }: WireError): Verdict | null {
  // Comes with 403, which says "wrong key" anywhere else; only its text tells.
  const isBroke = typeof detail === 'string' && /exhausted balance/i.test(detail)
  return isBroke ? { code: 'provider_out_of_credit', billed: 'no' } : null
}

/**
 * A request that is COMPLETED and whose result is an error; null = it is the asking that failed. 5xx are not billed
 * (docs). Any other error is billed by `x-fal-billable-units`, and by the endpoint's default without it: that is how
 * fal's own app framework has it.
 */
export function endedWithError(answer: HttpAnswer): ProviderError | null {
  const wire = readJson(answer, errorAnswerSchema)
  const isEnd = wire !== null && ![401, 403, 404, 405, 408, 429].includes(answer.status)
  if (!isEnd || answer.status < 400) return null
  const cause = new Error(`HTTP ${answer.status}: ${JSON.stringify(wire).slice(0, 2_000)}`)
  const { status } = answer
  if (status >= 500) return failure(provider, 'provider_down', { billed: 'no', status, cause })
  const code = codeOf(wire)
  if (wire.error_type === 'client_cancelled') return failure(provider, code, { billed: 'no', status, cause })
  const units = billedUnits(answer)
  const billed = units !== null && Number(units) === 0 ? 'no' : 'yes'
  const usage: Usage = { units: units ?? defaultUnits }
  return failure(provider, code, { billed, usage, status, cause })
}

function codeOf({ detail, error_type }: WireError): ProviderErrorCode {
  if (error_type === 'client_cancelled' || error_type === 'client_disconnected') return 'provider_down'
  const types = typeof detail === 'string' ? [] : detail.map(({ type }) => type)
  if (types.includes('content_policy_violation')) return 'content_policy'
  if (types.includes('no_media_generated')) return 'bad_answer'
  return types.some((type) => theirFaults.includes(type)) ? 'provider_down' : 'invalid_request'
}

const theirFaults = ['generation_timeout', 'downstream_service_error', 'internal_server_error']

/** No list of defaults is published: one unit, as their framework starts with. */
const defaultUnits = '1'

/** What is billed, in units of the endpoint's price; null = the answer does not say. */
export function billedUnits(answer: HttpAnswer): string | null {
  const units = header(answer, 'x-fal-billable-units')?.trim() ?? ''
  return /^\d+(\.\d+)?$/.test(units) ? units : null
}
