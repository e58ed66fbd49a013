import { type Candidate, modelKey, toUsd } from '@halftone/contracts'
import type { Routed } from '@halftone/routing'

/** "google/imagen-3 at $0.035", for sentences. */
export function named(candidate: Candidate | null): string {
  if (!candidate) return 'nobody'
  return `${modelKey(candidate)} at $${candidate.cost_nano === null ? '?' : toUsd(candidate.cost_nano)}`
}

export function choiceOf({ choice }: Routed): string | null {
  return choice && modelKey(choice)
}

/** Why a model may not be chosen; null if it may. */
export function reasonOf({ ranked, excluded }: Routed, model: string): string | null {
  return [...ranked, ...excluded].find((candidate) => modelKey(candidate) === model)?.reason ?? null
}
