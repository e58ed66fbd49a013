import { type Candidate, type QuoteAnswer, toUsd } from '@halftone/contracts'
import { chainAnswer } from '../answers/chain-answer.ts'
import { freshCost } from './break-even.ts'
import { chainOf, leftOf } from './edit-chain.ts'
import type { JobPlanner } from './plan-job.ts'
import type { ReadJob } from './prepare-job.ts'

/** What the chain that is gone on with has cost so far, and would have cost then; null where nothing is gone on with. */
export function quotedChain(
  planner: Pick<JobPlanner, 'consider'>,
  job: ReadJob,
  choice: Candidate | null,
): QuoteAnswer['chain'] | null {
  const chain = job.parent && chainOf('', job.body, job.parent)
  if (!chain) return null
  const { link, before } = chain
  const cost = choice?.cost_nano ?? null
  const fresh = freshCost(planner, job)
  const left = leftOf(chain)
  return {
    ...chainAnswer({ id: link.rootId, chain: link }, before)!,
    with_this: {
      cost_usd: cost === null ? null : toUsd(before.spent + cost),
      fresh_usd: fresh === null ? null : toUsd(before.fresh + fresh),
    },
    fits: left === null || (cost !== null && cost <= left),
  }
}
