import { type Nano, newId, toUsd } from '@halftone/contracts'
import type { Account } from './lock-jobs.ts'
import type { News } from './tell-news.ts'

const percents = [80n, 100n]

/** What is to be told when the last `nano` of what was spent took the account past a share of its budget. */
export function crossings(projectId: string, account: Account, nano: Nano): News[] {
  const { limit, spent, held } = account
  if (limit === null) return []
  return percents
    .filter((percent) => (spent - nano) * 100n < limit * percent && spent * 100n >= limit * percent)
    .map((percent) => ({
      id: newId('message'),
      projectId,
      type: 'budget.threshold_reached',
      jobId: null,
      bulkId: null,
      sequence: 1,
      url: null,
      endpointId: null,
      data: {
        scope: account.id === projectId ? 'project' : 'bulk',
        bulk_id: account.id === projectId ? null : account.id,
        percent: Number(percent),
        limit_usd: toUsd(limit),
        spent_usd: toUsd(spent),
        held_usd: toUsd(held),
      },
    }))
}
