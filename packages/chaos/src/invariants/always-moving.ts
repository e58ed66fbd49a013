import type { Facts, Sample } from './facts.ts'

const stillMsMax = 60_000

/** I12: while there is work and at most one fault is active, something gets done within a minute. */
export function alwaysMoving({ samples }: Facts): string[] {
  const still = longestStillMs(samples)
  return still > stillMsMax ? [`nothing was done for ${Math.round(still / 1_000)} s`] : []
}

/** The longest time without progress, in ms; what lies within a storm of faults does not count. */
export function longestStillMs(samples: readonly Sample[]): number {
  let longest = 0
  let since: Sample | undefined
  for (const sample of samples) {
    const moved = since === undefined || sample.done !== since.done
    if (moved || !sample.open || sample.activeFaults > 1) since = sample
    else if (since) longest = Math.max(longest, sample.at - since.at)
  }
  return longest
}
