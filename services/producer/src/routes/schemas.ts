import { AppError, type IdKind, idSchema, problemSchema } from '@halftone/contracts'
import { z } from 'zod'

/** `/…/:id` */
export const idParams = z.object({ id: z.string() })

/** A malformed id names nothing, just as an unknown one. */
export function knownId(kind: IdKind, id: string): string {
  if (!idSchema(kind).safeParse(id).success) throw notFound(kind)
  return id
}

export function notFound(kind: IdKind): AppError {
  return new AppError('not_found', `there is no such ${kind}`, {
    field: '/id',
    next: 'check the id; ids of other projects are not found either',
  })
}

/** The value, or 404. */
export function found<T>(kind: IdKind, value: T | null): T {
  if (value === null) throw notFound(kind)
  return value
}

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  cursor: z.string().max(500).optional(),
})

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
})
const descriptions = {
  400: 'The request is not valid: `field`, `limit` and `next` say what to change',
  401: 'The key is missing or unknown',
  402: 'A budget does not allow it: see `scope`, `limit_usd`, `held_usd`, `spent_usd`',
  404: 'There is no such thing in this project',
  409: 'The same idempotency key is being worked on',
  413: 'The body is too large',
  415: 'The content type is not read here',
  422: 'Well-formed, but nobody can do it as asked',
  429: 'Too much at once: repeat after `Retry-After`',
  503: 'A store is out of reach: repeat after `Retry-After`',
} as const

/** The refusals that a route may answer with, for its description. */
export function problems(...statuses: (keyof typeof descriptions)[]) {
  return Object.fromEntries(statuses.map((status) => [status, problem(descriptions[status])]))
}

export const bearer = [{ key: [] }]
