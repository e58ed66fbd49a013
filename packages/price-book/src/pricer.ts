import type { BookedRule, Clock, PriceOf } from '@halftone/contracts'
import { createPriceBook } from './price-book.ts'

type Rules = ReadonlyMap<string, readonly BookedRule[]>

/** Prices by whatever rules are in force when it is asked: give it the same map and its book is not made again. */
export function createPricer(clock?: Clock): (rules: Rules) => PriceOf {
  let book: { rules: Rules; priceOf: PriceOf } | undefined
  return (rules) => {
    if (book?.rules !== rules) book = { rules, priceOf: createPriceBook(rules, clock).priceOf }
    return book.priceOf
  }
}
