import type { BatchTerms, ContentType, ImageRequest, Offer } from '@halftone/contracts'
import { buildOffers, type Market } from '@halftone/market'
import { createPricer } from '@halftone/price-book'

type PriceOffers = (
  request: ImageRequest,
  plausible: readonly ContentType[],
  waits: (provider: string) => number,
) => Offer[]

/** Prices every model as the market has it now. The price book is built once per version of the prices. */
export function createPriceOffers(
  market: Pick<Market, 'view'>,
  configured: ReadonlySet<string>,
  batch?: BatchTerms,
): PriceOffers {
  const pricer = createPricer()
  return (request, plausible, waits) => {
    const view = market.view()
    return buildOffers(view, pricer(view.rules), request, plausible, waits, configured, batch)
  }
}
