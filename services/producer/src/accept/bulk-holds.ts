import { AppError, type Nano, toUsd } from '@halftone/contracts'
import type { Costed } from './baseline.ts'

/**
 * Fits the holds of a bulk into its budget: as they are, else each lowered to the worst case of the cheapest
 * candidate. Throws `budget_exceeded` when even that is too much; then nothing is held.
 */
export function fitHolds(
  jobs: readonly { hold: Nano; ranked: readonly Costed[] }[],
  budget: Nano | null,
): Nano[] {
  const asked = jobs.map((job) => job.hold)
  if (budget === null || sum(asked) <= budget) return asked
  const least = jobs.map((job) => lower(job.hold, job.ranked))
  const needed = sum(least)
  if (needed <= budget) return least
  throw new AppError(
    'budget_exceeded',
    `these ${jobs.length} jobs cost at least $${toUsd(needed)}; the bulk's budget is $${toUsd(budget)}`,
    {
      field: '/budget/max_cost_usd',
      limit: toUsd(budget),
      next: `raise the budget to at least $${toUsd(needed)}, or send fewer jobs`,
      extra: { scope: 'bulk', limit_usd: toUsd(budget), held_usd: '0', spent_usd: '0', resets_at: null },
    },
  )
}

function lower(hold: Nano, ranked: readonly Costed[]): Nano {
  return ranked.reduce(
    (least, { worst_nano }) => (worst_nano !== null && worst_nano < least ? worst_nano : least),
    hold,
  )
}

export function sum(amounts: readonly Nano[]): Nano {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
