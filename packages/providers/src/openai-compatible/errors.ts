import type { HostPreset } from '@halftone/contracts'
import { answerError, type Verdict, verdictOfStatus } from '../answer-error.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError } from '../image-provider.ts'
import { verdictOfCode } from '../openai/errors.ts'
import { readJson } from '../read-json.ts'
import { type ErrorAnswer, errorAnswerSchema } from './wire.ts'

/** Every answer that is no picture ends here: what the preset says of it, else its code, else its status. */
export function hostError(name: string, preset: HostPreset, answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)
  const codes = wire === null ? [] : codesOf(wire)
  const verdict =
    verdictOfPreset(preset, answer, codes) ??
    codes.map(verdictOfWord).find((one) => one !== null) ??
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

/** OpenAI's words, and the one that Azure has of its own. */
function verdictOfWord(code: string): Verdict | null {
  return verdictOfCode(code === 'content_filter' ? 'content_policy_violation' : code)
}
