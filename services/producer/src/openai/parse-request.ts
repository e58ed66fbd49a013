import { AppError } from '@halftone/contracts'
import type { z } from 'zod'
import { pointer, schemaError } from '../schema-error.ts'

/** Fields that OpenAI has, and no model of the catalogue: refused with a reason rather than as unknown. */
const unsupported: Record<string, string> = {
  style: 'no model has a style setting: say it in the prompt',
  complexity: 'no model has it: leave it out',
  frame_count: 'pictures that move are not made: leave it out',
  frame_duration_ms: 'pictures that move are not made: leave it out',
  svg: 'vector pictures are not made: leave it out',
  markup: 'no model takes an overlay: send a mask',
}

/** Throws `invalid_request`, whose `field` names OpenAI's own parameter. A null field counts as not given. */
export function parseRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const given = isObject(body) ? withoutNulls(body) : body
  if (isObject(given))
    for (const [name, cure] of Object.entries(unsupported))
      if (given[name] !== undefined)
        throw new AppError('impossible', `'${name}' is not supported`, { field: pointer([name]), next: cure })
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const { code, message, detail } = schemaError(parsed.error)
  const issue = parsed.error.issues[0]
  const missing = issue?.code === 'invalid_type' && issue.message.includes('received undefined')
  const openai_code =
    issue?.code === 'unrecognized_keys'
      ? 'unknown_parameter'
      : missing
        ? 'missing_required_parameter'
        : undefined
  throw new AppError(code, message, {
    ...detail,
    extra: { openai_code, openai_param: dotted(detail.field ?? '') },
  })
}

/** `/images/0/image_url` is `images[0].image_url`. */
export function dotted(field: string): string {
  const parts = field.split('/').slice(1)
  return parts.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : `${i > 0 ? '.' : ''}${part}`)).join('')
}

function withoutNulls(body: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
