export { burstOf, createRateLimits, type RateLimitsOptions } from './create-rate-limits.ts'
export * from './limits.ts'
