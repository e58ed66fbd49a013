import { newId } from '@halftone/contracts'
import type { Claim, ClaimRequest } from '@halftone/ledger'
import type { Dependencies } from './dependencies.ts'
import type { Order } from './order.ts'
import type { Settings } from './settings.ts'

export type Terms = Pick<ClaimRequest, 'operation' | 'ruleId' | 'priceVersion' | 'worst'>

const pauseMs = 200

/**
 * Commits the intent to make this call on these terms, or takes over one whose lease ran out. A COMMIT whose answer was
 * lost may have worked: it is asked for again under the same id, which the ledger knows again, as long as its lease
 * would last. Else a call that was never sent would count as one that may have been paid.
 */
export async function claimAttempt(order: Order, terms: Terms, deps: Dependencies): Promise<Claim> {
  const { attempts, monotonic, settings, sleep, log } = deps
  const request = claimRequest(order, terms, settings)
  const giveUpAt = monotonic() + settings.leaseMs
  for (;;) {
    try {
      return await attempts.claim(request)
    } catch (error) {
      if (monotonic() + pauseMs >= giveUpAt) throw error
      log.warn({ err: error, attempt: request.attemptId }, 'could not claim; asking again under the same id')
      await sleep(pauseMs)
    }
  }
}

function claimRequest(
  { job, provider, spec }: Order,
  { operation, ruleId, priceVersion, worst }: Terms,
  { owner, leaseMs, simulated }: Settings,
): ClaimRequest {
  return {
    jobId: job.id,
    generation: job.generation,
    owner,
    leaseMs,
    attemptId: newId('attempt'),
    provider: provider.id,
    model: spec.model,
    // one account per provider, named like it
    account: provider.id,
    operation,
    ruleId,
    priceVersion,
    worst,
    simulated,
  }
}
