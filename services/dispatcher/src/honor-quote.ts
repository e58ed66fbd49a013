import type { BindingQuote, WaitingJob } from '@halftone/ledger'
import type { RouteRequest } from '@halftone/routing'

/**
 * How a quote is kept, each way only where the one before has nobody: by whoever does it for what was quoted; by the
 * quoted model at today's price; by anybody. What exceeds the quote is the operator's, up to his limit. The caller's
 * own limits are kept by the quote itself: he pays no more than was quoted.
 */
export function honorQuote(
  route: RouteRequest,
  job: Pick<WaitingJob, 'hold' | 'heldByUnknown'>,
  quote: BindingQuote,
): RouteRequest[] {
  const { model, quoted, overrunLeft } = quote
  const maxTotal = job.hold - job.heldByUnknown + overrunLeft
  return [
    { within: quoted, model: null },
    { within: null, model },
    { within: null, model: null },
  ].map((terms) => ({ ...route, maxPerImage: null, maxTotal, quote: terms }))
}
