import { type BulkQuoteAnswer, newId, type ProviderLimits, toUsd } from '@halftone/contracts'
import type { Idempotency, NewQuote, QuotedShare } from '@halftone/ledger'
import type { Stored } from '../idempotency.ts'
import { type Baseline, baseline, type JobPlan, type PlannedJobs } from './baseline.ts'
import { noWebhook } from './check-webhook.ts'
import { deadlineOf, finishOf, groupByPlan, type PreparedLine, prepareLines } from './prepare-lines.ts'
import type { QuoteParts } from './quote-job.ts'
import { storeQuote } from './quote-store.ts'
import { digestOf, quotedRequest } from './quoted-request.ts'
import type { BulkInput } from './read-bulk.ts'
import { createInputResolver } from './resolve-inputs.ts'

export interface QuoteBulkParts extends QuoteParts {
  rateOf(provider: string): ProviderLimits
}

/**
 * What a bulk would cost, who would do how much of it, and when it would be done. The total is promised as the sum of
 * what each job was promised.
 */
export async function quoteBulk(
  parts: QuoteBulkParts,
  projectId: string,
  input: BulkInput,
  expiresInSeconds: number,
  idempotency: Idempotency | null,
): Promise<Stored> {
  const { ledger } = parts
  const now = parts.clock()
  const { prepared, rejected } = await prepareLines(parts, input, {
    projectId,
    now,
    resolver: createInputResolver({ ...parts, projectId, files: ledger.files, dataUris: false }),
    bulk: { deadline: deadlineOf(input.fields, now), told: noWebhook },
  })
  const groups = groupByPlan(prepared)
  const planned = [...groups.values()]
  const best = baseline(planned)
  const total = planned.reduce((sum, { count, choice }) => sum + BigInt(count) * costOf(choice), 0n)
  const expiresAt = new Date(now + expiresInSeconds * 1_000)
  const answer: BulkQuoteAnswer = {
    id: newId('quote'),
    expires_at: expiresAt.toISOString(),
    jobs: prepared.length,
    total_usd: toUsd(total),
    expected_finish: prepared.length === 0 ? null : finishOf(prepared, planned, parts, now).toISOString(),
    mix: mixOf(planned),
    rejected,
  }
  const quote: Omit<NewQuote, 'requestDigest'> = {
    id: answer.id,
    projectId,
    kind: 'bulk',
    shares: sharesOf(prepared, groups, best),
    baselineModel: best?.model ?? null,
    priceVersion: parts.priceVersion(),
    total: prepared.length === 0 ? null : total,
    expiresAt,
  }
  return storeQuote(ledger.quotes, quote, answer, idempotency)
}

function sharesOf(
  prepared: readonly PreparedLine[],
  groups: ReadonlyMap<JobPlan, PlannedJobs>,
  best: Baseline | null,
): QuotedShare[] {
  const shares = new Map<string, QuotedShare>()
  for (const { read, plan } of prepared) {
    const request = quotedRequest(read)
    const digest = digestOf(request)
    const { provider, model, expected_ms: expectedMs } = plan.choice
    const cost = costOf(plan.choice)
    // a policy that draws may promise different prices for the same request
    const key = `${digest} ${provider}/${model} ${cost}`
    const share = shares.get(key)
    if (share) share.jobs++
    else {
      const instead = best?.of(groups.get(plan)!) ?? null
      shares.set(key, { digest, request, jobs: 1, provider, model, cost, baseline: instead, expectedMs })
    }
  }
  return [...shares.values()]
}

function mixOf(planned: readonly PlannedJobs[]): BulkQuoteAnswer['mix'] {
  const mix = new Map<string, { provider: string; model: string; jobs: number; cost: bigint }>()
  for (const { count, choice } of planned) {
    const { provider, model } = choice
    const part = mix.get(`${provider}/${model}`) ?? { provider, model, jobs: 0, cost: 0n }
    part.jobs += count
    part.cost += BigInt(count) * costOf(choice)
    mix.set(`${provider}/${model}`, part)
  }
  return [...mix.values()]
    .toSorted((a, b) => b.jobs - a.jobs)
    .map(({ cost, ...part }) => ({ ...part, cost_usd: toUsd(cost) }))
}

/** A choice is priced. */
function costOf(choice: JobPlan['choice']): bigint {
  return choice.cost_nano ?? 0n
}
