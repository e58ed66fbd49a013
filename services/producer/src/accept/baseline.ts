import type { Candidate, Nano } from '@halftone/contracts'

/** Somebody who could do it, as far as money and time go. */
export type Costed = Pick<Candidate, 'provider' | 'model' | 'cost_nano' | 'worst_nano' | 'expected_ms'> & {
  /** A lot's line; absent: not. */
  batch?: boolean
}

export interface JobPlan {
  /** Everyone who could do such a job, the choice among them. */
  ranked: readonly Costed[]
  choice: Costed
}

/** Jobs that share one plan. */
export interface PlannedJobs extends JobPlan {
  count: number
}

export interface Baseline {
  model: string
  total: Nano
  /** What one job of these would have cost there; its own price where that model cannot do it. */
  of(jobs: PlannedJobs): Nano
}

/**
 * What the same jobs cost at list price on the best single provider: the one model that could have done them all
 * for least, or else most of them, the rest at their own price. null for no jobs.
 */
export function baseline(planned: readonly PlannedJobs[]): Baseline | null {
  const models = new Map<string, { jobs: number; instead: Nano }>()
  let own = 0n
  for (const { count, ranked, choice } of planned) {
    own += BigInt(count) * priceOf(choice)
    for (const [model, cost] of cheapestByModel(ranked)) {
      const sum = models.get(model) ?? { jobs: 0, instead: 0n }
      sum.jobs += count
      sum.instead += BigInt(count) * (cost - priceOf(choice))
      models.set(model, sum)
    }
  }
  const best = [...models].toSorted(
    ([nameA, a], [nameB, b]) => b.jobs - a.jobs || Number(a.instead - b.instead) || (nameA < nameB ? -1 : 1),
  )[0]
  if (!best) return null
  const [model, { instead }] = best
  return {
    model,
    total: own + instead,
    of: ({ ranked, choice }) => cheapestByModel(ranked).get(model) ?? priceOf(choice),
  }
}

function cheapestByModel(ranked: readonly Costed[]): Map<string, Nano> {
  const costs = new Map<string, Nano>()
  for (const candidate of ranked) {
    // a discount for waiting is no list price
    if (candidate.cost_nano === null || candidate.batch) continue
    const name = `${candidate.provider}/${candidate.model}`
    const known = costs.get(name)
    if (known === undefined || candidate.cost_nano < known) costs.set(name, candidate.cost_nano)
  }
  return costs
}

/** Eligible candidates are priced. */
function priceOf(candidate: Costed): Nano {
  return candidate.cost_nano ?? 0n
}
