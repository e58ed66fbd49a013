import { AppError, idSchema, type Nano } from '@halftone/contracts'
import type { JobQuote, QuotedShare, QuoteRow, Quotes } from '@halftone/ledger'
import { quoteRefusal } from '@halftone/ledger'
import type { Baseline, JobPlan } from './baseline.ts'
import type { ReadJob } from './prepare-job.ts'
import { differences, digestOf, type QuotedRequest, quotedRequest } from './quoted-request.ts'

interface BoundJob {
  plan: JobPlan
  /** The most its project pays, and what is held. */
  cost: Nano
  quote: JobQuote
}

/** A quote while the jobs that it binds are read. */
export interface Binding {
  quoteId: string
  /** Takes the job's share of the quote; null when it holds none, or none any more. A single job's quote throws then. */
  bind(job: ReadJob): BoundJob | null
  /** What a single provider would have taken, as it was when the quote was made. */
  baseline: Baseline | null
  /** Throws `quote_mismatch` unless each of these jobs was bound and each quoted job is among them. */
  checkWhole(jobs: readonly { index: number; read: ReadJob; bound: boolean }[]): void
}

/**
 * The quote, ready to bind what is the same request. Throws `not_found`, `quote_used`, `quote_expired`, `quote_mismatch`
 * (it is for the other kind) and `impossible` (nobody could do it). The ledger looks again when it commits.
 */
export async function bindQuote(
  quotes: Pick<Quotes, 'find'>,
  {
    projectId,
    id,
    kind,
    overrunMax,
  }: { projectId: string; id: string; kind: QuoteRow['kind']; overrunMax: Nano },
): Promise<Binding> {
  const known = idSchema('quote').safeParse(id).success ? await quotes.find(projectId, id) : null
  const refusal = quoteRefusal(known, projectId)
  if (refusal) throw refusal
  const quote = known!
  if (quote.kind !== kind) throw mismatch(`the quote is for a ${quote.kind}, not for a ${kind}`, '/quote_id')
  if (quote.total === null)
    throw new AppError(
      'impossible',
      'nobody could do what this quote was asked for: there is no price to bind',
      {
        field: '/quote_id',
        next: 'change the request and quote it again',
      },
    )
  return createBinding(quote, overrunMax)
}

function createBinding(quote: QuoteRow, overrunMax: Nano): Binding {
  const all = quote.shares.map((share) => ({ share, plan: planOf(share), left: share.jobs }))
  const shares = Map.groupBy(all, ({ share }) => share.digest)
  return {
    quoteId: quote.id,
    baseline: baselineOf(quote, new Map(all.map(({ plan, share }) => [plan.choice, share]))),
    bind(job) {
      const request = quotedRequest(job)
      const same = shares.get(digestOf(request))
      if (!same && quote.kind === 'job') throw differs(quote.shares, request, '')
      const found = same?.find(({ left }) => left > 0)
      if (!found) return null
      found.left--
      const { share, plan } = found
      const model = `${share.provider}/${share.model}`
      return { plan, cost: share.cost, quote: { id: quote.id, model, overrunMax } }
    },
    checkWhole(jobs) {
      const stranger = jobs.find(({ bound }) => !bound)
      if (stranger) throw differs(quote.shares, quotedRequest(stranger.read), `/jobs/${stranger.index}`)
      const quoted = quote.shares.reduce((sum, { jobs: count }) => sum + count, 0)
      if (jobs.length < quoted)
        throw mismatch(`the quote is for ${quoted} jobs, and ${jobs.length} of them are here`, '/jobs')
    },
  }
}

function planOf({ provider, model, cost, expectedMs }: QuotedShare): JobPlan {
  const choice = { provider, model, cost_nano: cost, worst_nano: cost, expected_ms: expectedMs }
  return { choice, ranked: [choice] }
}

function baselineOf(quote: QuoteRow, shareOf: ReadonlyMap<JobPlan['choice'], QuotedShare>): Baseline | null {
  if (quote.baselineModel === null) return null
  const of = ({ baseline, cost }: QuotedShare) => baseline ?? cost
  return {
    model: quote.baselineModel,
    total: quote.shares.reduce((sum, share) => sum + BigInt(share.jobs) * of(share), 0n),
    of: ({ choice }) => of(shareOf.get(choice)!),
  }
}

/** Compared with the quoted job that is most like it. */
function differs(shares: readonly QuotedShare[], asked: QuotedRequest, at: string): AppError {
  const all = shares.map(({ request }) => differences(request, asked))
  const fields = all.reduce((least, some) => (some.length < least.length ? some : least))
  const [field = ''] = fields
  if (field === '') return mismatch('there are more jobs like this one than were quoted', at)
  return mismatch(`${field.slice(1)} is not what was quoted`, `${at}${field}`, fields)
}

function mismatch(detail: string, field: string, fields?: string[]): AppError {
  return new AppError('quote_mismatch', detail, {
    field,
    next: 'send what was quoted, or quote this by POST /v1/quotes',
    extra: fields && { differing: fields },
  })
}
