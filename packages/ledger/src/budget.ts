import { AppError, type Nano, toUsd } from '@halftone/contracts'
import type { Account } from './lock-jobs.ts'

/** Whether the account may hold `nano` more. Only under the row's lock is the answer worth anything. */
export function fits(account: Account, nano: Nano): boolean {
  return account.limit === null || account.held + account.spent + nano <= account.limit
}

export function budgetExceeded(scope: 'project' | 'bulk', account: Account, nano: Nano): AppError {
  const limit = toUsd(account.limit ?? 0n)
  return new AppError(
    'budget_exceeded',
    `the ${scope}'s budget of $${limit} does not allow to hold $${toUsd(nano)} more`,
    {
      limit,
      next:
        scope === 'project'
          ? 'wait until held money is free, or raise the budget'
          : 'raise the budget of the bulk',
      extra: {
        scope,
        limit_usd: limit,
        held_usd: toUsd(account.held),
        spent_usd: toUsd(account.spent),
        resets_at: null,
      },
    },
  )
}
