import type { Clock } from '@halftone/contracts'
import { Gauge, type Registry } from '@halftone/service-kit'

export interface SourceMetrics {
  answered(source: string): void
  missed(source: string): void
}

const staleAfterMisses = 3

/** How old each source's last answer is, and whether it is stale: three polls in a row without one. */
export function createSourceMetrics(registry: Registry, now: Clock): SourceMetrics {
  const startedAt = now()
  const state = new Map<string, { answeredAt: number; misses: number }>()
  const of = (source: string) => {
    const known = state.get(source) ?? { answeredAt: startedAt, misses: 0 }
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
    help: '1 when a price source missed three polls in a row',
    labelNames: ['source'],
    registers: [registry],
    collect() {
      for (const [source, { misses }] of state) this.set({ source }, misses >= staleAfterMisses ? 1 : 0)
    },
  })
  return {
    answered(source) {
      Object.assign(of(source), { answeredAt: now(), misses: 0 })
    },
    missed(source) {
      of(source).misses += 1
    },
  }
}
