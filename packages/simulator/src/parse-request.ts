import type { z } from 'zod'
import type { WireError } from './wire-error.ts'

/** A body by its schema; else what `refuse` makes of the first fault: the field (with dots) and what is wrong with it. */
export function parseRequest<T>(
  schema: z.ZodType<T>,
  body: unknown,
  refuse: (field: string, fault: string) => WireError,
): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.')
  throw refuse(field ?? '', issue?.message ?? 'invalid')
}
