/** Lets so many through in any window; the rest are told how long to wait. */
export interface RateWindow {
  /** 0 = admitted; otherwise the ms until the next place is free. A refused call takes no place. */
  take(key: string): number
}

export function createRateWindow(options: {
  places: number
  windowMs: number
  /** Who asks for too much is shut out for so long (Stability does that). */
  penaltyMs?: number
  clock: () => number
}): RateWindow {
  const { places, windowMs, penaltyMs = 0, clock } = options
  const taken = new Map<string, number[]>()
  const shutUntil = new Map<string, number>()
  return {
    take(key) {
      const now = clock()
      const shut = (shutUntil.get(key) ?? 0) - now
      if (shut > 0) return shut
      const recent = (taken.get(key) ?? []).filter((at) => at > now - windowMs)
      taken.set(key, recent)
      if (recent.length < places) {
        recent.push(now)
        return 0
      }
      if (penaltyMs > 0) shutUntil.set(key, now + penaltyMs)
      return penaltyMs || Math.max(1, (recent[0] ?? now) + windowMs - now)
    },
  }
}
