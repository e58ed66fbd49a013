import { accountLimits } from './account-limits.ts'
import type { Dependencies } from './dependencies.ts'
import { heedLimits } from './heed-limits.ts'
import type { Order } from './order.ts'

/** Longer waits are spent in the queue, where they hold no place in this pool. */
const waitInProcessMs = 2_000
/** A backlog reserves less far ahead, so that the burst it leaves is there when others come. */
const pacedWaitInProcessMs = 1_000
/** The queue asks again at least this often. */
const laterMsMax = 5_000

type SlotAnswer =
  /** `order`: to be gone on with, as its provider tells on what the call meets. `free` must be called. */
  { kind: 'granted'; order: Order; free(): void } | { kind: 'later'; delayMs: number } | { kind: 'too-late' }

/** Waits for this account's next slot. No attempt is made before, so waiting costs none. `too-late`: none before the job's deadline. */
export async function takeSlot(order: Order, paced: boolean, deps: Dependencies): Promise<SlotAnswer> {
  const { job, provider, request } = order
  if (deps.stopping.aborted) return { kind: 'later', delayMs: 0 }
  const allowed = accountLimits(deps.limitsOf(provider.id))
  const maxWaitMs = paced ? pacedWaitInProcessMs : waitInProcessMs
  const slot = await deps.limits.take(provider.id, allowed, { images: request.n, maxWaitMs, paced })
  const later = (retryMs: number): SlotAnswer => {
    if (deps.clock() + retryMs >= job.deadline.getTime()) return { kind: 'too-late' }
    return { kind: 'later', delayMs: Math.min(retryMs, laterMsMax) }
  }
  if (slot.kind === 'later') return later(slot.retryMs)
  const heeded = heedLimits(provider, slot.lease, allowed, deps)
  if (slot.waitMs > 0) {
    await deps.sleep(slot.waitMs, deps.stopping)
    const stoppedMs = await deps.limits.confirm(slot.lease)
    if (stoppedMs > 0) return later(stoppedMs)
  }
  if (deps.stopping.aborted) {
    heeded.free()
    return { kind: 'later', delayMs: 0 }
  }
  return { kind: 'granted', order: { ...order, provider: heeded.provider }, free: heeded.free }
}
