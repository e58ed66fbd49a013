import type { Outcome } from '@halftone/contracts'

const windowMs = 60_000
const windowCalls = 200
const halfLifeMs = 60_000
/** Weight of the good calls that a model without any calls is taken to have had. */
const priorGood = 2
/** Fewer than this say nothing about a latency. */
const latencySamplesMin = 10
const latencySamplesMax = 200

/** What the calls of one model were like lately. Bounded; knows no clock of its own. */
export interface CallHistory {
  /** A call that was judged: `neutral` ones are not. */
  add(outcome: Outcome, now: number): void
  /** Judged calls of the last minute, at most 200. */
  recent(now: number): { calls: number; faults: number }
  /** Faults since the last good call. */
  faultsInRow(): number
  /** 0..1: share of good calls, each weighing half as much after a minute. */
  goodShare(now: number): number
  /** By "WIDTHxHEIGHT" and "any", from the last 200 good calls; only where there are enough. */
  latency(): Record<string, { p50: number; p95: number }>
  /** The trouble is over: only latencies are kept. */
  forget(): void
}

export function createCallHistory(): CallHistory {
  let judged: { at: number; good: boolean }[] = []
  let samples: { size: string; ms: number }[] = []
  let streak = 0
  let weights = { good: 0, all: 0, at: 0 }

  const decayed = (now: number) => {
    const factor = 0.5 ** (Math.max(0, now - weights.at) / halfLifeMs)
    return { good: weights.good * factor, all: weights.all * factor, at: now }
  }

  return {
    add(outcome, now) {
      const good = outcome.verdict === 'ok'
      streak = good ? 0 : streak + 1
      judged.push({ at: now, good })
      if (judged.length > windowCalls) judged.shift()
      weights = decayed(now)
      weights.all++
      if (!good) return
      weights.good++
      samples.push({ size: outcome.size, ms: outcome.ms })
      if (samples.length > latencySamplesMax) samples = samples.slice(-latencySamplesMax)
    },
    recent(now) {
      judged = judged.filter(({ at }) => at > now - windowMs)
      return { calls: judged.length, faults: judged.filter(({ good }) => !good).length }
    },
    faultsInRow: () => streak,
    goodShare(now) {
      const { good, all } = decayed(now)
      return (good + priorGood) / (all + priorGood)
    },
    latency() {
      const bySize = Map.groupBy(samples, ({ size }) => size)
      const enough = [['any', samples] as const, ...bySize].filter(([, of]) => of.length >= latencySamplesMin)
      return Object.fromEntries(enough.map(([size, of]) => [size, quantiles(of.map(({ ms }) => ms))]))
    },
    forget() {
      judged = []
      streak = 0
      weights = { good: 0, all: 0, at: 0 }
    },
  }
}

function quantiles(values: number[]): { p50: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return { p50: at(0.5), p95: at(0.95) }
}
