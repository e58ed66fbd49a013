import type { AccountLimits } from './limits.ts'

/**
 * How many calls may start at once after a pause: a twentieth of a minute's worth. What bursts may use is taken from
 * the even rate, so that both together stay within the limit.
 */
export function burstOf({ requestsPerMinute }: Pick<AccountLimits, 'requestsPerMinute'>): number {
  return burst(requestsPerMinute)
}

/** Calls a second, of one picture each, that an account allows in the long run. */
export function perSecondOf({
  requestsPerMinute,
  imagesPerMinute = Number.POSITIVE_INFINITY,
}: Pick<AccountLimits, 'requestsPerMinute' | 'imagesPerMinute'>): number {
  return Math.min(evenly(requestsPerMinute), evenly(imagesPerMinute)) / 60
}

/** The most units that start at once. */
export function burst(perMinute: number): number {
  return Math.max(1, Math.floor(perMinute / 20))
}

/** The even rate beside which a burst still fits into the limit, in any window. */
function evenly(perMinute: number): number {
  return Number.isFinite(perMinute) ? perMinute - burst(perMinute) + 1 : perMinute
}
