import { AppError, type AppErrorDetail } from '@halftone/contracts'
import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** The first fault that a schema found, as a refusal that names field, limit and cure. Never repeats the value. */
export function schemaError(error: z.core.$ZodError): AppError {
  const issue = error.issues[0]
  if (!issue) return new AppError('invalid_request', 'the request is not valid')
  const { path, issue: inner } = deepest(issue, [])
  const at = inner.code === 'unrecognized_keys' ? [...path, inner.keys[0] ?? ''] : path
  const { what, ...detail } = describe(inner)
  const name = at.length > 0 ? at.join('.') : 'the body'
  return new AppError('invalid_request', `${name} ${what}`, { field: pointer(at), ...detail })
}

/** RFC 6901. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Of a union, the branch that came furthest: the one that the caller most likely meant. */
function deepest(issue: Issue, before: PropertyKey[]): { path: PropertyKey[]; issue: Issue } {
  const path = [...before, ...issue.path]
  if (issue.code !== 'invalid_union') return { path, issue }
  const branches = issue.errors.flatMap((branch) => (branch[0] ? [deepest(branch[0], path)] : []))
  const found = branches.toSorted((a, b) => rank(b) - rank(a))[0]
  return found ?? { path, issue }
}

function rank({ path, issue }: { path: PropertyKey[]; issue: Issue }): number {
  const nearMiss = issue.code === 'invalid_type' ? 0 : issue.code === 'unrecognized_keys' ? 1 : 2
  return path.length * 3 + nearMiss
}

function describe(issue: Issue): AppErrorDetail & { what: string } {
  switch (issue.code) {
    case 'unrecognized_keys':
      return {
        what: 'is not a known field',
        next: 'remove it: unknown fields are refused, so that nothing that was asked for is dropped silently',
      }
    case 'invalid_type':
      return issue.message.includes('received undefined')
        ? { what: 'is required', limit: issue.expected, next: `give a value of type ${issue.expected}` }
        : {
            what: `must be of type ${issue.expected}`,
            limit: issue.expected,
            next: `send a value of type ${issue.expected}`,
          }
    case 'too_small':
      return bound(`must be at least ${issue.minimum}${unit(issue.origin)}`, issue.minimum)
    case 'too_big':
      return bound(`must be at most ${issue.maximum}${unit(issue.origin)}`, issue.maximum)
    case 'invalid_value':
      return bound(`must be one of: ${issue.values.join(', ')}`, issue.values.join(', '))
    case 'invalid_format':
      return bound(`is not valid: ${lower(issue.message)}`, issue.format)
    default:
      return worded(issue.message)
  }
}

function bound(what: string, limit: unknown): AppErrorDetail & { what: string } {
  return {
    what,
    limit: typeof limit === 'number' ? limit : String(limit),
    next: `send a value that ${what.replace(/^is not valid: /, 'is ')}`,
  }
}

/** Our own rules say their limit in words: "at most 32000 code points". */
function worded(message: string): AppErrorDetail & { what: string } {
  const figure = /at most (\d+)/.exec(message)?.[1]
  const what = message.startsWith('at most') ? `may have ${message}` : lower(message)
  return {
    what,
    limit: figure === undefined ? undefined : Number(figure),
    next: 'correct this field and send the request again',
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}

function lower(text: string): string {
  // not of an acronym: WIDTHxHEIGHT stays as it is
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
