import type { Clock } from '@halftone/contracts'
import { Counter, Gauge, type Registry } from '@halftone/service-kit'

export interface SourceMetrics {
  /** `frozen`: it answered, and what it says is too old to be so. */
  answered(source: string, frozen: boolean): void
  missed(source: string): void
  /** Events that were written down, by kind. */
  told(kind: string, count: number): void
}

const staleAfterMisses = 3

/** How old each source's last answer is, and whether it is stale: three polls in a row without one. */
export function createSourceMetrics(registry: Registry, now: Clock): SourceMetrics {
  const startedAt = now()
  const state = new Map<string, { answeredAt: number; misses: number; frozen: boolean }>()
  const of = (source: string) => {
    const known = state.get(source) ?? { answeredAt: startedAt, misses: 0, frozen: false }
    state.set(source, known)
    return known
  }
  new Gauge({
    name: 'halftone_price_source_age_seconds',
    help: 'Time since a price source last answered',
    labelNames: ['source'],
    registers: [registry],
    collect() {
      for (const [source, { answeredAt }] of state) this.set({ source }, (now() - answeredAt) / 1_000)
    },
  })
  new Gauge({
    name: 'halftone_price_source_stale',
    help: '1 when a price source missed three polls in a row, or answers and stands still',
    labelNames: ['source'],
    registers: [registry],
    collect() {
      for (const [source, { misses, frozen }] of state)
        this.set({ source }, misses >= staleAfterMisses || frozen ? 1 : 0)
    },
  })
  const events = new Counter({
    name: 'halftone_price_events_total',
    help: 'Disagreements, quarantined prices, stale sources, discovered models and drifts',
    labelNames: ['kind'],
    registers: [registry],
  })
  return {
    answered(source, frozen) {
      Object.assign(of(source), { answeredAt: now(), misses: 0, frozen })
    },
    missed(source) {
      of(source).misses += 1
    },
    told: (kind, count) => events.inc({ kind }, count),
  }
}
