import { AppError, type Nano, toUsd } from '@halftone/contracts'
import type { Account } from './lock-jobs.ts'

/** Whether the account may hold `nano` more. Only under the row's lock is the answer worth anything. */
export function fits(account: Omit<Account, 'id'>, nano: Nano): boolean {
  return account.limit === null || account.held + account.spent + nano <= account.limit
}

type BudgetScope = 'project' | 'bulk' | 'chain'

const cures: Record<BudgetScope, string> = {
  project: 'wait until held money is free, or raise the budget',
  bulk: 'raise the budget of the bulk',
  chain: 'say a higher budget.max_chain_usd, or begin anew without parent_job_id',
}

export function budgetExceeded(scope: BudgetScope, account: Omit<Account, 'id'>, nano: Nano): AppError {
  const limit = toUsd(account.limit ?? 0n)
  return new AppError(
    'budget_exceeded',
    `the ${scope}'s budget of $${limit} does not allow to hold $${toUsd(nano)} more`,
    {
      ...(scope === 'chain' ? { field: '/budget/max_chain_usd' } : null),
      limit,
      next: cures[scope],
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
