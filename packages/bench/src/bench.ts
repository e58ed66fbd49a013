import type { Stack } from '@halftone/local'

export interface Measured {
  value: number
  /** What it is compared with, in the same unit, measured in the same run; null where there is nothing. */
  baseline: number | null
  unit: string
}

/** How much work is measured. Small sizes show that a bench runs, and measure nothing. */
export interface Sizes {
  rounds: number
  /** Jobs in a bulk. */
  jobs: number
  /** Price changes that are watched. */
  changes: number
  /** How long the pure ones run a round. */
  roundMs: number
}
export const fullSizes: Sizes = { rounds: 5, jobs: 10_000, changes: 100, roundMs: 1_000 }
export const smokeSizes: Sizes = { rounds: 1, jobs: 40, changes: 3, roundMs: 20 }

/**
 * The stacks that benches share, each started on first use. `instant`: the simulator answers at once and no limit
 * holds. `lifelike`: it takes its time, and the catalogue's limits hold.
 */
export type StackKind = 'instant' | 'lifelike'

export interface BenchContext {
  sizes: Sizes
  stack(kind: StackKind): Promise<Stack>
  say(text: string): void
}

export interface Bench {
  name: string
  /** What is measured, and beside what. */
  what: string
  goal: string
  /** The goal as a bound on value or ratio; null = there is none. */
  met(measured: Measured): boolean | null
  run(context: BenchContext): Promise<Measured>
}

export function ratioOf({ value, baseline }: Measured): number | null {
  return baseline === null || baseline === 0 ? null : value / baseline
}
