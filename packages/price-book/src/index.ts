export * from './actual-cost.ts'
export { leadingComponent, priceSignals } from './leading-amount.ts'
export { createPriceBook, type PriceBook } from './price-book.ts'
export { quoteRule } from './quote-rule.ts'
