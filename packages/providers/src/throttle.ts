import { z } from 'zod'
import { type HttpAnswer, header } from './http.ts'
import { readJson } from './read-json.ts'
import { retryAfterMs } from './retry-after.ts'

/** What a provider's answer says of its limits; null where it says nothing. */
export interface Throttle {
  /** How long it asks us to wait; at most 10 minutes. */
  retryAfterMs: number | null
  /** What is left of the tightest limit that it names. */
  remaining: number | null
  limit: number | null
  /** Until there is more than that. At most 10 minutes. */
  resetMs: number | null
  scope: 'requests' | 'images' | 'tokens' | 'day' | null
}

const waitMaxMs = 600_000

/**
 * Reads every place where a provider says such things: `retry-after-ms`, `Retry-After`, seconds in the body, Google's
 * RetryInfo in the body, and the rate-limit headers of OpenAI, Anthropic, OpenRouter and the IETF draft, which come with
 * good answers too. `bodySeconds`: a wait that the provider's documents name.
 */
export function readThrottle(answer: HttpAnswer, now: number, bodySeconds?: number): Throttle {
  const left = tightest(answer, now)
  // a good answer may be a picture: only errors are looked into
  const body = answer.status >= 400 ? readBody(answer) : null
  return {
    retryAfterMs: retryAfterMs(answer, now, body?.seconds ?? bodySeconds) ?? exhausted(answer, left),
    remaining: left?.remaining ?? null,
    limit: left?.limit ?? null,
    resetMs: left?.resetMs ?? null,
    scope: body?.perDay ? 'day' : (left?.scope ?? null),
  }
}

/** A refusal that names no wait, but says when the limit is reset. */
function exhausted(answer: HttpAnswer, left: Left | null): number | null {
  return answer.status >= 400 && left?.remaining === 0 ? left.resetMs : null
}

interface Left {
  scope: Throttle['scope']
  remaining: number
  limit: number | null
  resetMs: number | null
}

/**
 * By header names. `refills`: the reset is when all of it is back, and it comes back bit by bit; else all at once.
 */
const dialects: { names(what: string): string; scopes: [Throttle['scope'], string][]; refills: boolean }[] = [
  {
    names: (what) => `x-ratelimit-${what}`,
    scopes: [
      ['requests', '-requests'],
      ['images', '-images'],
      ['tokens', '-tokens'],
    ],
    refills: true,
  },
  {
    names: (what) => `anthropic-ratelimit-:-${what}`,
    scopes: [
      ['requests', 'requests'],
      ['tokens', 'tokens'],
      ['tokens', 'input-tokens'],
      ['tokens', 'output-tokens'],
    ],
    refills: true,
  },
  { names: (what) => `x-ratelimit-${what}`, scopes: [['requests', '']], refills: false },
  { names: (what) => `ratelimit-${what}`, scopes: [['requests', '']], refills: false },
]

function tightest(answer: HttpAnswer, now: number): Left | null {
  let found: Left | null = null
  for (const { names, scopes, refills } of dialects)
    for (const [scope, name] of scopes) {
      const value = (what: string) => {
        const pattern = names(what)
        return header(answer, pattern.includes(':') ? pattern.replace(':', name) : `${pattern}${name}`)
      }
      const remaining = count(value('remaining'))
      if (remaining === null) continue
      const limit = count(value('limit'))
      const resetMs = untilMore(until(value('reset'), now), refills, remaining, limit)
      if (!found || remaining < found.remaining) found = { scope, remaining, limit, resetMs }
    }
  return found
}

function untilMore(
  resetMs: number | null,
  refills: boolean,
  remaining: number,
  limit: number | null,
): number | null {
  if (resetMs === null) return null
  const missing = (limit ?? 0) - remaining
  const wait = refills && missing > 1 ? resetMs / missing : resetMs
  return Math.min(waitMaxMs, Math.ceil(wait))
}

function count(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null
}

const unitsMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** "17ms", "6m0s", "12" (seconds), a time in epoch seconds or milliseconds, or a date. Nothing that is over. */
function until(text: string | null, now: number): number | null {
  if (text === null) return null
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text.trim())
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitsMs[unit ?? 's'] ?? 0), 0)
  const wait = /^\d+(\.\d+)?$/.test(text.trim()) ? untilNumber(Number(text), now) : Date.parse(text) - now
  return wait >= 0 ? wait : null
}

function untilNumber(value: number, now: number): number {
  if (value > 1e12) return value - now
  return value > 1e9 ? value * 1_000 - now : value * 1_000
}

const seconds = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(\.\d+)?s?$/)
    .transform(parseFloat),
])
const bodySchema = z.object({ retry_after: seconds.optional().catch(undefined) })
const nestedSchema = z.object({
  error: z.object({
    retry_after: seconds.optional().catch(undefined),
    details: z
      .array(
        z.looseObject({
          retryDelay: seconds.optional().catch(undefined),
          violations: z
            .array(z.looseObject({ quotaId: z.string().optional() }))
            .optional()
            .catch(undefined),
        }),
      )
      .optional()
      .catch(undefined),
  }),
})

function readBody(answer: HttpAnswer): { seconds: number | undefined; perDay: boolean } {
  const nested = readJson(answer, nestedSchema)?.error
  const details = nested?.details ?? []
  return {
    seconds:
      readJson(answer, bodySchema)?.retry_after ??
      nested?.retry_after ??
      details.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay,
    perDay: details.some(({ violations }) => violations?.some(({ quotaId }) => quotaId?.includes('PerDay'))),
  }
}
