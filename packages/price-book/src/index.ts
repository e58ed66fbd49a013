export * from './actual-cost.ts'
export { createPriceBook, type PriceBook } from './price-book.ts'
export { quoteRule } from './quote-rule.ts'
