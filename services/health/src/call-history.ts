import type { Outcome } from '@halftone/contracts'

/** For shares: recent calls weigh more. */
const halfLifeMs = 60_000
/** For latencies: they change less, and rare sizes should keep theirs. */
const latencyHalfLifeMs = 300_000
/** Weight of the good calls that a model without any calls is taken to have had. */
const priorGood = 2
/** Fewer than this say nothing about a latency. */
const latencySamplesMin = 10
const latencySamplesMax = 200
/** Sizes are the caller's to choose: those that were asked for least lately are forgotten. */
const sizesMax = 32

/** What the calls of one model were like lately. Bounded; knows no clock of its own. */
export interface CallHistory {
  add(outcome: Outcome, now: number): void
  /** 0..1: share of good calls among those that were judged, each weighing half as much after a minute. */
  goodShare(now: number): number
  /** 0..1: share of calls that were told to wait, weighing likewise. */
  throttledShare(now: number): number
  /** By "WIDTHxHEIGHT" and "any", from good calls, each weighing half as much after five minutes; only where there are enough. */
  latency(now: number): Record<string, { p50: number; p95: number }>
  /** The trouble is over: only latencies are kept. */
  forget(): void
}

interface Sample {
  at: number
  ms: number
}

export function createCallHistory(): CallHistory {
  const good = createDecaying()
  const judged = createDecaying()
  const throttled = createDecaying()
  const samples = new Map<string, Sample[]>()

  const sample = (size: string, one: Sample) => {
    const kept = samples.get(size) ?? []
    samples.delete(size)
    samples.set(size, [...kept.slice(1 - latencySamplesMax), one])
    if (samples.size > sizesMax) samples.delete(samples.keys().next().value!)
  }
  return {
    add({ verdict, code, size, ms }, now) {
      if (code === 'rate_limited') throttled.add(now)
      if (verdict === 'neutral') return
      judged.add(now)
      if (verdict === 'fault') return
      good.add(now)
      sample(size, { at: now, ms })
    },
    goodShare: (now) => (good.weight(now) + priorGood) / (judged.weight(now) + priorGood),
    throttledShare(now) {
      const told = throttled.weight(now)
      return told / (judged.weight(now) + told + priorGood)
    },
    latency(now) {
      const all = [...samples.values()].flat()
      const enough = [['any', all] as const, ...samples].filter(([, of]) => of.length >= latencySamplesMin)
      return Object.fromEntries(enough.map(([size, of]) => [size, quantiles(of, now)]))
    },
    forget() {
      for (const one of [good, judged, throttled]) one.clear()
    },
  }
}

/** A count that halves with every half-life. */
function createDecaying() {
  let sum = 0
  let at = 0
  const weight = (now: number) => sum * 0.5 ** (Math.max(0, now - at) / halfLifeMs)
  return {
    weight,
    add(now: number) {
      sum = weight(now) + 1
      at = now
    },
    clear() {
      sum = 0
    },
  }
}

/** The least value with at least this share of the weight at or below it. */
function quantiles(samples: readonly Sample[], now: number): { p50: number; p95: number } {
  const weighed = samples
    .map(({ at, ms }) => ({ ms, weight: 0.5 ** ((now - at) / latencyHalfLifeMs) }))
    .sort((a, b) => a.ms - b.ms)
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0)
  const at = (share: number) => {
    let below = 0
    for (const { ms, weight } of weighed) {
      below += weight
      if (below >= share * total * (1 - 1e-9)) return ms
    }
    return weighed.at(-1)?.ms ?? 0
  }
  return { p50: at(0.5), p95: at(0.95) }
}
