import { AppError, type ModelSpec, modelKey } from '@halftone/contracts'

/** What `model` means for routing. */
export type Pin =
  | { kind: 'any' }
  /** One entry of the catalogue. */
  | { kind: 'one'; key: string }
  /** The same model at several providers: the cheapest of them does it. */
  | { kind: 'some'; keys: string[] }

/**
 * `auto`: any. `openai/gpt-image-2` or `gpt-image-2`: that one; a bare name that several providers have: one of theirs.
 * Throws OpenAI's `model_not_found` for anything else.
 */
export function findModel(name: string, usable: readonly ModelSpec[]): Pin {
  if (name === 'auto') return { kind: 'any' }
  const whole = usable.find((spec) => modelKey(spec) === name)
  if (whole) return { kind: 'one', key: name }
  const keys = usable
    .filter((spec) => spec.model === name || spec.wire.model === name)
    .map(modelKey)
    .toSorted()
  const [key] = keys
  if (key === undefined) throw modelNotFound(name)
  return keys.length === 1 ? { kind: 'one', key } : { kind: 'some', keys }
}

/** The models of which a key of this installation can buy. */
export function usableModels(
  models: readonly ModelSpec[],
  configured: ReadonlySet<string>,
  now: number,
): ModelSpec[] {
  return models.filter(
    (spec) =>
      configured.has(spec.provider) && (spec.retires_on === null || Date.parse(spec.retires_on) > now),
  )
}

export function modelNotFound(name: string): AppError {
  return new AppError(
    'not_found',
    `The model '${name.slice(0, 128)}' does not exist or is not available here`,
    {
      field: '/model',
      next: 'GET /models lists the models; "auto" chooses the cheapest that will do',
    },
  )
}
