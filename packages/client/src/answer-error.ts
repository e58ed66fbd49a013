import { HalftoneError } from './halftone-error.ts'

/** What an answer that is not 2xx says, by its problem document if it has one. */
export async function answerError(response: Response): Promise<HalftoneError> {
  const { status } = response
  const text = await response.text().catch(() => '')
  const problem = problemOf(text)
  return new HalftoneError(textOf(problem.detail) ?? `Halftone answered ${status}: ${text.slice(0, 200)}`, {
    code: textOf(problem.code) ?? (status === 429 ? 'rate_limited' : 'bad_answer'),
    status,
    field: textOf(problem.field),
    limit: typeof problem.limit === 'number' ? problem.limit : textOf(problem.limit),
    next: textOf(problem.next),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    problem,
  })
}

function problemOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Seconds, or a date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null || header.trim() === '') return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}
