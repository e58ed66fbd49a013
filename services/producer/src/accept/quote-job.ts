import type { ArtifactStore } from '@halftone/artifacts'
import {
  type Clock,
  type JobBody,
  type ModelSpec,
  newId,
  type PriceOf,
  type QuoteAnswer,
} from '@halftone/contracts'
import type { Idempotency, Ledger } from '@halftone/ledger'
import { explainCandidate, toImageRequest } from '@halftone/routing'
import type { Stored } from '../idempotency.ts'
import { breakEven } from './break-even.ts'
import type { FetchPicture } from './fetch-picture.ts'
import { type PrepareParts, readJob } from './prepare-job.ts'
import { storeQuote } from './quote-store.ts'
import { quotedChain } from './quoted-chain.ts'
import { digestOf, quotedRequest } from './quoted-request.ts'
import { createInputResolver } from './resolve-inputs.ts'

export interface QuoteParts extends PrepareParts {
  ledger: Pick<Ledger, 'files' | 'quotes'>
  store: ArtifactStore
  fetchPicture: FetchPicture
  publicUrl: string
  clock: Clock
  models(): readonly ModelSpec[]
  priceOf: PriceOf
  /** The price book that answers now. */
  priceVersion(): number
}

/** Every way to do the job with its price, the best one promised until the quote expires. Holds and stores nothing else. */
export async function quoteJob(
  parts: QuoteParts,
  projectId: string,
  body: JobBody,
  expiresInSeconds: number,
  idempotency: Idempotency | null,
): Promise<Stored> {
  const { ledger } = parts
  const now = parts.clock()
  const resolver = createInputResolver({ ...parts, projectId, files: ledger.files, dataUris: true })
  const job = await readJob(parts, body, { projectId, resolver, now })
  const { choice, ranked, excluded } = parts.planner.consider(job)
  const asked = toImageRequest(job.body, job.inputs)
  const expiresAt = new Date(now + expiresInSeconds * 1_000)
  const answer: QuoteAnswer = {
    id: newId('quote'),
    expires_at: expiresAt.toISOString(),
    choice: choice && explainCandidate(choice, asked),
    candidates: [...ranked, ...excluded].map((candidate) => explainCandidate(candidate, asked)),
    break_even: breakEven(parts, job, ranked) ?? undefined,
    chain: quotedChain(parts.planner, job, choice) ?? undefined,
  }
  const request = quotedRequest(job)
  const share = choice && {
    digest: digestOf(request),
    request,
    jobs: 1,
    provider: choice.provider,
    model: choice.model,
    // an eligible candidate is priced
    cost: choice.cost_nano!,
    baseline: null,
    expectedMs: choice.expected_ms,
  }
  const quote = {
    id: answer.id,
    projectId,
    kind: 'job' as const,
    shares: share ? [share] : [],
    baselineModel: null,
    priceVersion: parts.priceVersion(),
    total: share?.cost ?? null,
    expiresAt,
  }
  return storeQuote(ledger.quotes, quote, answer, idempotency)
}
