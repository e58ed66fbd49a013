import type { Dependencies } from './dependencies.ts'
import type { Order } from './order.ts'

/** Longer waits are spent in the queue, where they hold no place in this pool. */
const waitInProcessMs = 2_000
/** A backlog reserves less far ahead, so that the burst it leaves is there when others come. */
const pacedWaitInProcessMs = 1_000
/** The queue asks again at least this often. */
const laterMsMax = 5_000

type SlotAnswer = { kind: 'granted' } | { kind: 'later'; delayMs: number } | { kind: 'too-late' }

/** Waits for this account's next slot. No attempt is made before, so waiting costs none. `too-late`: none before the job's deadline. */
export async function takeSlot(
  { job, provider }: Order,
  paced: boolean,
  deps: Dependencies,
): Promise<SlotAnswer> {
  if (deps.stopping.aborted) return { kind: 'later', delayMs: 0 }
  const { requests_per_minute: requestsPerMinute } = deps.limitsOf(provider.id)
  const options = { weight: 1, maxWaitMs: paced ? pacedWaitInProcessMs : waitInProcessMs, paced }
  const slot = await deps.limits.take(provider.id, { requestsPerMinute }, options)
  if (slot.kind === 'later') {
    if (deps.clock() + slot.retryMs >= job.deadline.getTime()) return { kind: 'too-late' }
    return { kind: 'later', delayMs: Math.min(slot.retryMs, laterMsMax) }
  }
  await deps.sleep(slot.waitMs, deps.stopping)
  return deps.stopping.aborted ? { kind: 'later', delayMs: 0 } : { kind: 'granted' }
}
