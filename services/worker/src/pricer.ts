import type { PriceOf } from '@halftone/contracts'
import type { MarketView } from '@halftone/market'
import { createPriceBook } from '@halftone/price-book'

/** Prices by a view's rules; the book is built once per version of the prices. */
export function createPricer(): (view: MarketView) => PriceOf {
  let rules: MarketView['rules'] | undefined
  let priceOf: PriceOf
  return (view) => {
    if (rules !== view.rules) {
      rules = view.rules
      priceOf = createPriceBook(view.rules).priceOf
    }
    return priceOf
  }
}
