import type { BindingQuote, WaitingJob } from '@halftone/ledger'
import type { RouteRequest } from '@halftone/routing'

/**
 * How a quote is kept: by whoever does it for what was quoted; where nobody does, by whoever does it for least. What
 * exceeds the quote is the operator's, up to his limit. The caller's own limits are kept by the quote itself: he pays
 * no more than was quoted.
 */
export function honorQuote(
  route: RouteRequest,
  job: Pick<WaitingJob, 'hold' | 'heldByUnknown'>,
  quote: BindingQuote,
): RouteRequest[] {
  const maxTotal = job.hold - job.heldByUnknown + quote.overrunLeft
  return [quote.quoted, null].map((within) => ({ ...route, maxPerImage: null, maxTotal, quote: { within } }))
}
