/** The middle one; of an even count the lower of the two. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The smallest value that `share` of all do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** How often a second this core does it: a round to warm up, then the median of the others. */
export function perSecond(
  work: () => void,
  { rounds, roundMs }: { rounds: number; roundMs: number },
): number {
  const speeds: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const started = performance.now()
    let done = 0
    for (let now = started; now - started < roundMs; now = performance.now()) {
      // the clock is read once for many: it is not what is measured
      for (let i = 0; i < 20; i++) work()
      done += 20
    }
    if (round > 0) speeds.push((done * 1_000) / (performance.now() - started))
  }
  return median(speeds)
}

/** Alternates two things, so that neither has the quieter machine; the first pair warms up. Medians of what each gave. */
export async function alternately(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ value: number; baseline: number }> {
  const values: number[] = []
  const baselines: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const baseline = await theirs()
    const value = await ours()
    if (round === 0 && rounds > 1) continue
    values.push(value)
    baselines.push(baseline)
  }
  return { value: median(values), baseline: median(baselines) }
}
