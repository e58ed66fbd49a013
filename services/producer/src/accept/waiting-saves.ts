import { type Candidate, toUsd, type Waiting } from '@halftone/contracts'

/** What a lot would save over the cheapest that does it now; null unless both would do. */
export function waitingSaves(ranked: readonly Candidate[]): Waiting | null {
  const [live, lot] = [cheapest(ranked, false), cheapest(ranked, true)]
  if (!live || !lot) return null
  return {
    live_usd: toUsd(live.cost),
    batch_usd: toUsd(lot.cost),
    saved_usd: toUsd(live.cost - lot.cost),
    batch_within_ms: lot.expectedMs,
  }
}

function cheapest(ranked: readonly Candidate[], batch: boolean): { cost: bigint; expectedMs: number } | null {
  let best: { cost: bigint; expectedMs: number } | null = null
  for (const one of ranked)
    if (one.batch === batch && one.cost_nano !== null && (best === null || one.cost_nano < best.cost))
      best = { cost: one.cost_nano, expectedMs: one.expected_ms }
  return best
}
