export { priorWeight } from './apply-quality.ts'
export * from './build-offers.ts'
export * from './create-market.ts'
export * from './market.ts'
