import {
  type Candidate,
  type CandidateAnswer,
  type ImageRequest,
  type Nano,
  type Plan,
  toUsd,
} from '@halftone/contracts'

export type Explained = Pick<ImageRequest, 'n' | 'width' | 'height'>

/**
 * A plan as people read it. Figures per image, megapixel and step are for comparing, rounded half up to nano-dollars
 * (`cost_usd` is exact); per step only where the model has steps.
 */
export function explain(
  plan: Pick<Plan, 'summary' | 'ranked' | 'excluded'>,
  request: Explained,
): { summary: string; candidates: CandidateAnswer[] } {
  const candidates = [...plan.ranked, ...plan.excluded].map((candidate) =>
    explainCandidate(candidate, request),
  )
  return { summary: plan.summary, candidates }
}

/** What a cost comes to by each measure; per step only where the model has steps. */
export function unitCosts(cost: Nano | null, { n, width, height }: Explained, steps: number | null) {
  const images = BigInt(n)
  return {
    cost_per_image_usd: share(cost, images),
    cost_per_megapixel_usd: share(cost && cost * 1_000_000n, images * BigInt(width) * BigInt(height)),
    cost_per_step_usd: steps ? share(cost, images * BigInt(steps)) : null,
  }
}

export function explainCandidate(candidate: Candidate, request: Explained): CandidateAnswer {
  const { cost_nano, steps } = candidate
  return {
    provider: candidate.provider,
    model: candidate.model,
    operation: candidate.operation,
    cost_usd: cost_nano === null ? null : toUsd(cost_nano),
    ...unitCosts(cost_nano, request, steps ?? null),
    expected_ms: candidate.expected_ms,
    quality: candidate.quality,
    batch: candidate.batch,
    eligible: candidate.eligible,
    reason: candidate.reason,
  }
}

function share(cost: Nano | null, parts: bigint): string | null {
  return cost === null ? null : toUsd((2n * cost + parts) / (2n * parts))
}
