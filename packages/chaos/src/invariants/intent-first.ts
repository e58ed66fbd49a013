import type { Facts } from './facts.ts'

/** I3: every payment has an attempt that was committed before it. */
export function intentFirst({ attempts, payments }: Facts): string[] {
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  return payments.flatMap(({ attemptId, provider, at }) => {
    const attempt = attemptId === null ? undefined : byId.get(attemptId)
    if (!attempt) return [`${provider} was paid for ${attemptId ?? 'no attempt'}, which nobody wrote down`]
    const known = attempt.committedAt ?? attempt.startedAt
    return known <= at ? [] : [`attempt ${attemptId} was paid ${known - at} ms before it was committed`]
  })
}
