import { setTimeout as delay } from 'node:timers/promises'
import type { AccountLimits, RateLimits } from '../limits.ts'

/** A call as the provider sees it: epoch ms, and how much of the limit it uses. */
export interface Start {
  at: number
  weight: number
}

/** Many callers that all want to call at once, again and again, for `forMs`: each asks, waits, makes sure, and calls. */
export async function hammer(
  limits: RateLimits,
  {
    account,
    allowed,
    callers,
    forMs,
    call,
  }: {
    account: string
    allowed: AccountLimits
    callers: number
    forMs: number
    /** Makes the call, due at this moment of Redis' clock (ms); its end frees the place. */
    call(dueAt: number): Promise<void>
  },
): Promise<void> {
  const end = performance.now() + forMs
  const caller = async (paced: boolean) => {
    while (performance.now() < end) {
      const slot = await limits.take(account, allowed, { maxWaitMs: 200, paced })
      if (slot.kind === 'later') {
        await delay(Math.min(slot.retryMs, 100))
        continue
      }
      if (slot.waitMs > 0) await delay(slot.waitMs)
      if (slot.waitMs > 0 && (await limits.confirm(slot.lease)) > 0) continue
      await call(slot.lease.grantedAt / 1_000 + slot.waitMs)
      await limits.end(slot.lease, true)
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, i) => caller(i % 2 === 0)))
}

/** The most that any window of this length holds, wherever it begins. */
export function mostInAny(windowMs: number, calls: readonly Start[]): number {
  const sorted = calls.toSorted((a, b) => a.at - b.at)
  let [most, held, first] = [0, 0, 0]
  for (const call of sorted) {
    held += call.weight
    while (sorted[first]!.at <= call.at - windowMs) held -= sorted[first++]!.weight
    most = Math.max(most, held)
  }
  return most
}
