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
  const candidates = [...plan.ranked, ...plan.excluded].map((candidate) => answer(candidate, request))
  return { summary: plan.summary, candidates }
}

function answer(candidate: Candidate, { n, width, height }: Explained): CandidateAnswer {
  const { cost_nano, steps } = candidate
  const images = BigInt(n)
  return {
    provider: candidate.provider,
    model: candidate.model,
    operation: candidate.operation,
    cost_usd: cost_nano === null ? null : toUsd(cost_nano),
    cost_per_image_usd: share(cost_nano, images),
    cost_per_megapixel_usd: share(
      cost_nano && cost_nano * 1_000_000n,
      images * BigInt(width) * BigInt(height),
    ),
    cost_per_step_usd: steps ? share(cost_nano, images * BigInt(steps)) : null,
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
