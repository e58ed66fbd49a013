import type { ContentType, ImageRequest, Offer, PriceOf } from '@halftone/contracts'
import { buildOffers, type Market, type MarketView } from '@halftone/market'
import { createPriceBook } from '@halftone/price-book'

type PriceOffers = (
  request: ImageRequest,
  plausible: readonly ContentType[],
  waits: (provider: string) => number,
) => Offer[]

/** Prices every model as the market has it now. The price book is built once per version of the prices. */
export function createPriceOffers(
  market: Pick<Market, 'view'>,
  configured: ReadonlySet<string>,
): PriceOffers {
  let book: { rules: MarketView['rules']; priceOf: PriceOf } | undefined
  return (request, plausible, waits) => {
    const view = market.view()
    if (book?.rules !== view.rules) book = { rules: view.rules, priceOf: createPriceBook(view.rules).priceOf }
    return buildOffers(view, book.priceOf, request, plausible, waits, configured)
  }
}
