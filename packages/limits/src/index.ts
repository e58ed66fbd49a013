export { createRateLimits, type RateLimitsOptions } from './create-rate-limits.ts'
export * from './limits.ts'
export { burstOf, perSecondOf } from './pace.ts'
