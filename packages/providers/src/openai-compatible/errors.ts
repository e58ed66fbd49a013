import type { HostPreset } from '@halftone/contracts'
import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { type ErrorAnswer, errorAnswerSchema } from './wire.ts'

/** Every answer that is no picture ends here: what the preset says of it, else its code, else its status. */
export function hostError(name: string, preset: HostPreset, answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)
  const codes = wire === null ? [] : codesOf(wire)
  const verdict =
    verdictOfPreset(preset, answer, codes) ??
    codes.map(verdictOfCode).find((one) => one !== null) ??
    verdictOfStatus(answer.status, wire !== null)
  return answerError(name, answer, verdict)
}

/** Some hosts answer 200 with an error in it. */
export function isError(answer: HttpAnswer): boolean {
  const wire = readJson(answer, errorAnswerSchema)
  return wire !== null && typeof wire === 'object' && 'error' in wire
}

function codesOf(wire: ErrorAnswer): string[] {
  if (typeof wire === 'string') return []
  const error = 'error' in wire ? wire.error : wire
  if (typeof error === 'string') return []
  return [error.code, error.type].flatMap((code) =>
    code === null || code === undefined ? [] : [String(code)],
  )
}

function verdictOfPreset(
  { errors }: HostPreset,
  { status, body }: HttpAnswer,
  codes: readonly string[],
): Verdict | null {
  const text = body.toString().toLowerCase()
  const rule = errors.find(
    (one) =>
      (one.status === undefined || one.status === status) &&
      (one.code === undefined || codes.includes(one.code)) &&
      (one.says === undefined || text.includes(one.says.toLowerCase())),
  )
  return rule ? { code: rule.as, billed: rule.billed } : null
}

/** What these words mean is the same wherever they are used. */
function verdictOfCode(code: string): Verdict | null {
  switch (code) {
    case 'moderation_blocked':
    case 'content_policy_violation':
    case 'content_filter':
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
