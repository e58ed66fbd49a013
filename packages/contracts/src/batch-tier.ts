import { z } from 'zod'
import type { Candidate } from './plan.ts'

/** How long a provider's batch tier takes, and what is left free around it. */
export interface BatchTerms {
  /** How long an hour of a provider's window is: less only where a simulator's windows are scaled. */
  hourMs: number
  /** For collecting a lot, canceling it when it is late, and doing what it left undone at the live tier. */
  reserveMs: number
}

/** For the environment of every service that prices or does batches: they must agree. */
export const batchTermsEnv = {
  HALFTONE_BATCH_HOUR_MS: z.coerce.number().int().min(1).default(3_600_000),
  HALFTONE_BATCH_RESERVE_MS: z.coerce.number().int().min(1).default(1_800_000),
}

export function batchTermsOf(env: {
  HALFTONE_BATCH_HOUR_MS: number
  HALFTONE_BATCH_RESERVE_MS: number
}): BatchTerms {
  return { hourMs: env.HALFTONE_BATCH_HOUR_MS, reserveMs: env.HALFTONE_BATCH_RESERVE_MS }
}

/** Among what a job avoids: a lot has failed it once, so that it goes to the live tier. */
export const avoidBatch = 'batch'

const prefix = 'batch:'

/** Where a job waits for its choice: the provider's own pool, or the one whose jobs are collected into lots. */
export function poolOf({ provider, batch }: Pick<Candidate, 'provider' | 'batch'>): string {
  return batch ? `${prefix}${provider}` : provider
}

/** The provider whose lots a pool is for; null = it is a live pool. */
export function batchProviderOf(pool: string): string | null {
  return pool.startsWith(prefix) ? pool.slice(prefix.length) : null
}
