import type { ProviderLimits } from '@halftone/contracts'
import type { PlannedJobs } from './baseline.ts'

/**
 * Milliseconds until the last of these jobs is done if each provider works off its share at its own rate.
 * A lot is done within its provider's window. A simple estimate: it knows nothing of other tenants, and nothing of work that spills to others.
 */
export function expectedMs(
  planned: readonly PlannedJobs[],
  rateOf: (provider: string) => ProviderLimits,
): number {
  const pools = new Map<string, { jobs: number; slowestMs: number; workMs: number }>()
  let lots = 0
  for (const { count, choice } of planned) {
    if (choice.batch) {
      lots = Math.max(lots, choice.expected_ms)
      continue
    }
    const pool = pools.get(choice.provider) ?? { jobs: 0, slowestMs: 0, workMs: 0 }
    pool.jobs += count
    pool.workMs += count * choice.expected_ms
    pool.slowestMs = Math.max(pool.slowestMs, choice.expected_ms)
    pools.set(choice.provider, pool)
  }
  let longest = lots
  for (const [provider, { jobs, workMs, slowestMs }] of pools) {
    const rate = rateOf(provider)
    const byRequests = ((jobs - 1) * 60_000) / rate.requests_per_minute
    const byPlaces = workMs / rate.concurrent
    longest = Math.max(longest, Math.max(byRequests, byPlaces) + slowestMs)
  }
  return Math.ceil(longest)
}
