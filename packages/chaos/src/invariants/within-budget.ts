import type { Facts } from './facts.ts'

/**
 * I7: at no commit an account above its limit, but for overruns; and those only where a price was raised meanwhile. What
 * a quote makes the operator absorb is not the account's money.
 */
export function withinBudget({
  overBudget,
  audited,
  accounts,
  entries,
  attempts,
  priceChanges,
}: Facts): string[] {
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  const raised = (attemptId: string | null) => {
    const attempt = attemptId === null ? undefined : byId.get(attemptId)
    return priceChanges.some(
      ({ provider, model }) => attempt?.provider === provider && attempt.model.endsWith(model),
    )
  }
  return [
    ...(audited === 0 && accounts.length > 0 ? ['the audit saw no commit'] : []),
    ...overBudget
      .filter(({ held, spent, limit, overrun }) => held + spent > limit + overrun)
      .map(
        ({ account, held, spent, limit }) => `${account} stood at ${held} held + ${spent} spent of ${limit}`,
      ),
    ...entries
      .filter(({ kind, attemptId }) => kind === 'overrun' && !raised(attemptId))
      .map(({ attemptId, nano }) => `attempt ${attemptId} overran by ${nano}, and no price was raised`),
  ]
}
