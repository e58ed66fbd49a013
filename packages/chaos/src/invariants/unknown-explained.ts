import type { Facts } from './facts.ts'

/** I6: no more calls of unknown outcome than the faults explain; none without a fault. */
export function unknownExplained({ attempts, unknownMax }: Facts): string[] {
  const unknown = attempts.filter(({ state }) => state === 'unknown' || state === 'resolved').length
  return unknown <= unknownMax
    ? []
    : [`${unknown} attempts have an unknown outcome; the faults explain ${unknownMax} at most`]
}
