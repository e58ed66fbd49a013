import type { JobBody, Nano } from '@halftone/contracts'

const autoRebuyWorst: Nano = 100_000_000n

/**
 * Whether a job is bought once more after an unknown outcome. That it is never bought a third time, and whether the
 * budget holds both, is seen to when it is booked.
 */
export function allowsRebuy(policy: JobBody['routing']['on_unknown'], worst: Nano): boolean {
  switch (policy) {
    case 'auto':
      return worst <= autoRebuyWorst
    case 'hold':
      return false
    case 'resubmit':
      return true
  }
}
