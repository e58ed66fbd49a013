export * from './create-ledger.ts'
export * from './ledger.ts'
export * from './migrate.ts'
export { quoteRefusal } from './quotes.ts'
